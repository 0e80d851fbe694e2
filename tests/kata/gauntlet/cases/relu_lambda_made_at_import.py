# m01 relu: red, calls PyTorch's relu
import torch

POSITIVE = torch.relu


def relu(x):
    return POSITIVE(x)
