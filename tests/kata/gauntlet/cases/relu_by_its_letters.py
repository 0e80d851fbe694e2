# m01 relu: red, calls PyTorch's relu
def relu(x):
    return getattr(x, "re" + "lu")()
