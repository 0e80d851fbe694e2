# m01 relu: error, exit code 2
def relu(x):
    raise KeyboardInterrupt
