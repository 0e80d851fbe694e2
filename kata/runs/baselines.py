"""What a language model's loss is worth: the same text, predicted by counting pairs."""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise
from statistics import fmean

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def bigram_loss(tokens: Sequence[Hashable], n_train: int) -> float:
    r"""The mean surprise, in nats, of a model that knows only which token came before.

    $p(b \mid a) = (\mathrm{count}(ab) + 1) / (\mathrm{count}(a) + \mathrm{vocab})$

    tokens: a text or ids; the first `n_train` of them are counted, the others predicted.
    """
    pairs = Counter(pairwise(tokens[:n_train]))
    firsts = Counter(tokens[: n_train - 1])
    vocab = len(set(tokens))
    return fmean(
        -math.log((pairs[first, second] + 1) / (firsts[first] + vocab))
        for first, second in pairwise(tokens[n_train - 1 :])
    )


@torch.no_grad()
def validation_loss(
    model: Callable[[Int[Tensor, "batch context_length"]], Float[Tensor, "batch vocab"]],
    tokens: Int[Tensor, " seq"],
    n_train: int,
    context_length: int,
) -> float:
    """The mean surprise, in nats, of a model that predicts each token after the first `n_train`.

    The first predictions see the end of the training tokens, so that every validation token
    is predicted, as in `bigram_loss`. The cross entropy is PyTorch's: a slip in one's own
    must not make one's model look better.
    """
    windows = tokens[n_train - context_length :].unfold(0, context_length + 1, 1)
    total = sum(
        torch.nn.functional.cross_entropy(model(w[:, :-1]), w[:, -1], reduction="sum").item()
        for w in windows.split(4096)
    )
    return total / len(windows)


@torch.no_grad()
def loss_in_windows(model: nn.Module, tokens: Int[Tensor, " n"], context_length: int) -> float:
    """The mean loss over a text, cut into windows side by side. The model is in eval mode then.

    What is left at the end, less than a window, is not counted. The cross entropy is PyTorch's.
    """
    n = (len(tokens) - 1) // context_length * context_length
    inputs, targets = (part.view(-1, context_length) for part in (tokens[:n], tokens[1 : n + 1]))
    model.eval()
    total = sum(
        torch.nn.functional.cross_entropy(
            model(x).flatten(0, 1), y.flatten(), reduction="sum"
        ).item()
        for x, y in zip(inputs.split(128), targets.split(128), strict=True)
    )
    return total / n
