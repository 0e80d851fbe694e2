# m01 relu: red, global seed
import torch

torch.manual_seed(0)


def relu(x):
    return x.clamp(min=0)
