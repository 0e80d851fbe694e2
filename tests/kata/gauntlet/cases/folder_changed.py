# m01 relu: green
import os

os.chdir("/")


def relu(x):
    return x.clamp(min=0)
