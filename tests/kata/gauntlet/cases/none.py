# m01 relu: red, None
def relu(x):
    return None
