# m01 relu: red, calls PyTorch's relu
from torch.nn.functional import relu as positive


def relu(x):
    return positive(x)
