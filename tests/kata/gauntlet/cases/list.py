# m01 relu: red, list
def relu(x):
    return (x * (x > 0)).tolist()
