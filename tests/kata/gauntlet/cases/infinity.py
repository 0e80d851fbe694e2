# m01 relu: red, inf
def relu(x):
    return x + float("inf")
