# m01 relu: error, did not end
while True:
    pass


def relu(x):
    return x
