"""Two numbers that nobody can know in advance: the learning rate and the batch size.

Uses AdamW.
"""

import copy
import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from milestones.m07_trainer.optimizer import AdamW


def lr_range_test(
    model: nn.Module,
    next_batch: Callable[[], tuple[Tensor, Tensor]],
    min_lr: float,
    max_lr: float,
    steps: int,
) -> tuple[list[float], list[float]]:
    r"""Train a little, with a learning rate that grows each step, and watch the loss.

    $\eta_i = \eta_{\min} (\eta_{\max} / \eta_{\min})^{i / (\mathrm{steps} - 1)}$ for $i = 0, \dots,
    \mathrm{steps} - 1$

    next_batch: gives a new batch at each call: inputs and targets, both "batch seq".
    steps: 2 or more. AdamW has its other defaults; nothing is clipped.

    Returns the rates, and for each the loss on its batch before the update made with it. Weights,
    buffers, gradients and each module's mode (train or eval) are afterwards what they were, also
    after an error. In which mode it trains is left to you.

    Example: from 0.001 to 0.1 in 3 steps the rates are 0.001, 0.01, 0.1.

    Source: Smith 2015 (Cyclical learning rates), section 3.3; here geometric.
    """
    raise NotImplementedError


def suggest_lr(lrs: Sequence[float], losses: Sequence[float]) -> float:
    r"""The rate at which the loss falls steepest: high enough to learn, well before it breaks.

    The least slope $\Delta \mathrm{loss} / \Delta \log \eta$ between neighbours. Losses that are
    not finite are left out, with their rates.

    Returns one of `lrs`.

    Example: rates 0.001, 0.01, 0.1, 1, 10 with losses 4.0, 3.7, 2.2, 2.0, 1.9: 0.01 (or its
    neighbour 0.1).

    Source: Smith 2015, section 3.3; Howard and Gugger 2020, chapter 5, for the steepest place.
    """
    raise NotImplementedError


def find_batch_size(try_step: Callable[[int], object], start: int = 1, limit: int = 1024) -> int:
    """The largest batch size from 1 to limit that fits into memory.

    try_step: does one step with that size and raises torch.OutOfMemoryError where it does not
    fit. Whatever is smaller than a size that fits, fits too. Other errors pass through. No size
    above limit is tried.
    start: the first size tried, a guess: where it fails, smaller ones are searched.

    Raises RuntimeError where not even 1 fits.

    Example: where 11 fits and 12 does not, it is 11, from any start.
    """
    raise NotImplementedError
