# m01 relu: red, float64
def relu(x):
    return (x * (x > 0)).double()
