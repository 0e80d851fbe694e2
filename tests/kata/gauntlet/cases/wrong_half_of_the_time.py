# m01 relu: red, differ
import random


def relu(x):
    return x.clamp(min=0) if random.random() < 0.5 else x
