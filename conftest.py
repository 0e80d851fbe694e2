"""Loads the kata's pytest plugin, and PyTorch before it in two thirds of the time."""

import gc
import sys

if "torch" not in sys.modules:
    gc.disable()  # the import makes a million objects that stay: no use to look for garbage in them
    import torch  # noqa: F401

    gc.freeze()
    gc.enable()

pytest_plugins = ["kata.diagnosis.plugin"]
