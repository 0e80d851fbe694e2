# m01 relu: red, GeneratorExit
def relu(x):
    raise GeneratorExit
