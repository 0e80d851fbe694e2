# m01 relu: red, its message has no end
class Endless(Exception):
    def __str__(self):
        while True:
            pass


def relu(x):
    raise Endless
