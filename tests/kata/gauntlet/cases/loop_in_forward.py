# m01 relu: red, did not finish
def relu(x):
    while True:
        pass
