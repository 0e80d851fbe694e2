# m01 relu: red, File too large
def relu(x):
    while True:
        print("x" * (1 << 20), flush=True)
