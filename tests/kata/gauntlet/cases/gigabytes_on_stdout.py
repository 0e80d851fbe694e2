# m01 relu: red, File too large
import os


def relu(x):
    while True:
        os.write(1, b"x" * (1 << 20))
