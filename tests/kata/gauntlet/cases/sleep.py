# m01 relu: red, did not finish
import time


def relu(x):
    time.sleep(1000)
