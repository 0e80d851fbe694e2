# m01 relu: red, No module named 'solutions'
from solutions.m01_mlp.functions import relu  # noqa: F401
