# m01 relu: red, part.py:5 changes the default device and leaves it changed
import torch

torch.ones(1)
torch.set_default_device("meta")


def relu(x):
    return x.clamp(min=0)
