# m01 relu: red, nan
def relu(x):
    return x * float("nan")
