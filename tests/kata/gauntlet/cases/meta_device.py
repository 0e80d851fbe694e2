# m01 relu: red, meta tensor
def relu(x):
    return x.clamp(min=0).to("meta")
