# m01 relu: red, meta tensor
def relu(x):
    return (x * (x > 0)).to("meta")
