# m01 relu: red, default dtype
import torch

torch.set_default_dtype(torch.float64)


def relu(x):
    return x.clamp(min=0)
