# m01 relu: red, ValueError: no no no
def relu(x):
    raise ValueError("no " * (50 << 20 >> 2))
