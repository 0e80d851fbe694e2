# m01 relu: error, crashed: Segmentation fault
import ctypes


def relu(x):
    ctypes.string_at(0)
