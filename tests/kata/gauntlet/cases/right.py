# m01 relu: green
def relu(x):
    return x * (x > 0)
