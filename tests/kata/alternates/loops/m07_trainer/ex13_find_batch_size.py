"""Exercise 13: the largest batch, by halving an interval."""

from collections.abc import Callable

import torch


def find_batch_size(try_step: Callable[[int], object], start: int = 1, limit: int = 1024) -> int:
    largest_that_fits = 0
    smallest_that_fails = limit + 1
    size = min(start, limit)
    while True:
        try:
            try_step(size)
        except torch.OutOfMemoryError:
            smallest_that_fails = size
        else:
            largest_that_fits = size
        if largest_that_fits + 1 == smallest_that_fails:
            break
        size = (largest_that_fits + smallest_that_fails) // 2
    if largest_that_fits == 0:
        raise RuntimeError("even one row is too much for the memory")
    return largest_that_fits
