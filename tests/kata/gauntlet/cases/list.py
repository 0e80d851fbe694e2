# m01 relu: red, list
def relu(x):
    return x.clamp(min=0).tolist()
