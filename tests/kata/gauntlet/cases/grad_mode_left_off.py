# m01 relu: red, grad mode
import torch

torch.set_grad_enabled(False)


def relu(x):
    return x.clamp(min=0)
