# m01 relu: red, Odd: (its message cannot be shown: TypeError)
class Odd(Exception):
    def __str__(self):
        return 1


def relu(x):
    raise Odd
