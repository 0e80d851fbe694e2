# m01 relu: red, array
def relu(x):
    return x.clamp(min=0).detach().numpy()
