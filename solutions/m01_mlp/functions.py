"""The four functions that every network in this course is made of.

Layers only multiply and add; what makes a network more than one big matrix is here.
Nothing earlier is needed.
"""

import math

from jaxtyping import Float, Int
from torch import Tensor


def relu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    r"""Keep the positive numbers, set the negative ones to zero.

    $\mathrm{relu}(x) = \max(x, 0)$

    Returns a new tensor; the argument is left alone. The gradient at exactly 0 is free.

    Example: relu([-2, 0, 3]) is [0, 0, 3].

    Source: Glorot et al. 2011, section 3.
    """
    return x.clamp(min=0)


def gelu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    r"""A smooth relu, in the tanh form that GPT-2 uses.

    $\mathrm{gelu}(x) = \frac{x}{2} \left(1 + \tanh\left(
    \sqrt{2/\pi}\,(x + 0.044715\,x^3)\right)\right)$

    Example: gelu([-1, 0, 1]) is [-0.1588, 0, 0.8412].

    Source: Hendrycks and Gimpel 2016, section 2.
    """
    u = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return x * (2 * u).sigmoid()  # (1 + tanh u)/2 is σ(2u), in half the passes over memory


def softmax(x: Float[Tensor, "..."], dim: int = -1) -> Float[Tensor, "..."]:
    r"""Turn scores into probabilities: positive numbers that sum to 1 along `dim`.

    $\mathrm{softmax}(x)_i = e^{x_i} / \sum_j e^{x_j}$

    dim: the axis that sums to 1. Scores of any size give finite results.

    Example: softmax([0, ln 3]) is [0.25, 0.75].

    Source: Goodfellow et al. 2016, Deep Learning, sections 4.1 and 6.2.2.3.
    """
    # e^(x - c) cancels in the ratio for every c; the largest x is the c that cannot overflow.
    exp = (x - x.amax(dim, keepdim=True)).exp()
    return exp / exp.sum(dim, keepdim=True)


def cross_entropy(
    logits: Float[Tensor, "... vocab"], targets: Int[Tensor, "..."]
) -> Float[Tensor, ""]:
    r"""The mean surprise, in nats, of a model that gave these scores to what came next.

    $L = -\frac{1}{n} \sum_{i=1}^{n} \ln \mathrm{softmax}(\mathrm{logits}_i)_{\mathrm{target}_i}$

    logits: unnormalised scores, any size up to ±1e4 and beyond. targets: the right ids.
    The mean is over every target, whatever the leading axes.

    Example: cross_entropy([[0, ln 3]], [1]) is -ln 0.75 = 0.2877.

    Source: Goodfellow et al. 2016, Deep Learning, section 6.2.2.3.
    """
    shifted = logits - logits.amax(-1, keepdim=True)
    # ln softmax without ever forming the softmax: ln 0 cannot happen.
    log_probs = shifted - shifted.exp().sum(-1, keepdim=True).log()  # (..., vocab)
    return -log_probs.gather(-1, targets.unsqueeze(-1)).mean()
