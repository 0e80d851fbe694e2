# m01 relu: red, OSError
def relu(x):
    return x * float(input())
