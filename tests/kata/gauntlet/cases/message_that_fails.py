# m01 relu: red, Broken: (its message cannot be shown: ZeroDivisionError)
class Broken(Exception):
    def __str__(self):
        return str(1 / 0)


def relu(x):
    raise Broken
