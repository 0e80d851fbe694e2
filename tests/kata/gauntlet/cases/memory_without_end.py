# m01 relu: red, MemoryError
HOARD = []


def relu(x):
    while True:
        HOARD.append(bytes(10**8))
