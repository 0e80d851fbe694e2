# m01 relu: green
import os

os.chdir("/")


def relu(x):
    return x * (x > 0)
