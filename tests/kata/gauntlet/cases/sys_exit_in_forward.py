# m01 relu: red, SystemExit
import sys


def relu(x):
    sys.exit(0)
