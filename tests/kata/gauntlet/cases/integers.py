# m01 relu: red, int64
def relu(x):
    return (x * (x > 0)).long()
