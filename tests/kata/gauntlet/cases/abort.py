# m01 relu: error, crashed: Aborted
import os


def relu(x):
    os.abort()
