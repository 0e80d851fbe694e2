"""Exercise 6: the schedule, phase by phase."""

import math


def warmup_cosine(
    step: int, max_lr: float, min_lr: float, warmup_steps: int, total_steps: int
) -> float:
    if step < warmup_steps:
        share = step / warmup_steps
        return share * max_lr
    elif step < total_steps:
        done = step - warmup_steps
        all_of_them = total_steps - warmup_steps
        angle = math.pi * done / all_of_them
        height = (math.cos(angle) + 1) / 2
        return height * max_lr + (1 - height) * min_lr
    else:
        return min_lr
