# m01 relu: red, SystemExit
import sys

sys.exit(0)


def relu(x):
    return x
