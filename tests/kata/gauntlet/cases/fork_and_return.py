# m01 relu: red, differ
import os

FORKED = []


def relu(x):
    if not FORKED:
        FORKED.append(os.fork())
    return x
