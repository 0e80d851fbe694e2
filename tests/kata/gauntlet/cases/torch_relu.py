# m01 relu: red, calls PyTorch's relu
import torch


def relu(x):
    return torch.relu(x)
