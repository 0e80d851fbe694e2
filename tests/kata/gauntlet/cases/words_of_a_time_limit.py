# m01 relu: red, RuntimeError: Timeout (>1.0s) from pytest-timeout.
def relu(x):
    raise RuntimeError("Timeout (>1.0s) from pytest-timeout.")
