# m01 relu: red, did not finish
def relu(x):
    return 3 ** 10**9
