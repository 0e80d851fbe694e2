# m01 relu: red, differ
import random


def relu(x):
    return x * (x > 0) if random.random() < 0.5 else x
