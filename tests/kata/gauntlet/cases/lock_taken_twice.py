# m01 relu: red, did not finish
import threading

LOCK = threading.Lock()


def relu(x):
    LOCK.acquire()
    LOCK.acquire()
    return x
