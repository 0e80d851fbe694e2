# m01 relu: error, crashed: Segmentation fault
import sys

sys.setrecursionlimit(10**9)


def relu(x):
    return eval("relu(x)", {"relu": relu, "x": x})
