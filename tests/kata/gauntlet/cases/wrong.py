# m01 relu: red, differ
def relu(x):
    return x
