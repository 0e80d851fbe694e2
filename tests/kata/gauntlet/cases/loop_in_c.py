# m01 relu: error, did not end
import itertools


def relu(x):
    return sum(itertools.repeat(0))
