# m01 relu: red, renamed
def Relu(x):
    return x * (x > 0)
