# m01 relu: red, array
def relu(x):
    return (x * (x > 0)).detach().numpy()
