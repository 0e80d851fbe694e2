# m01 relu: red, RuntimeError
import torch


def relu(x):
    return torch.ones(25 * 10**9)
