# m01 relu: red, RecursionError
def relu(x):
    return relu(x)
