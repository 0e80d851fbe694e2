# m01 relu: error, crashed: Killed
import os
import signal

os.kill(os.getpid(), signal.SIGKILL)


def relu(x):
    return x
