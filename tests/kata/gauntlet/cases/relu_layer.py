# m01 relu: red, calls PyTorch's ReLU
from torch import nn


def relu(x):
    return nn.ReLU()(x)
