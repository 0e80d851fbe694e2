# m01 relu: error, did not end
import os
import time

for _ in range(5):
    os.fork()
time.sleep(1000)


def relu(x):
    return x
