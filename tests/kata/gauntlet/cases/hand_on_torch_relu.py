# m01 relu: red, not defined in your code
from torch import relu  # noqa: F401
