"""Exercise 12: the steepest place, by central differences."""

import math
from collections.abc import Sequence


def suggest_lr(lrs: Sequence[float], losses: Sequence[float]) -> float:
    xs = []
    ys = []
    kept = []
    for lr, loss in zip(lrs, losses, strict=True):
        if math.isnan(loss) or math.isinf(loss):
            continue
        xs.append(math.log10(lr))
        ys.append(loss)
        kept.append(lr)
    best = None
    best_slope = math.inf
    for i in range(len(kept)):
        before = max(i - 1, 0)
        after = min(i + 1, len(kept) - 1)
        slope = (ys[after] - ys[before]) / (xs[after] - xs[before])
        if slope < best_slope:
            best_slope = slope
            best = kept[i]
    return best
