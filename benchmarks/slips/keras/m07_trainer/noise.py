"""How large a batch is worth its price: the gradient noise scale.

Nothing earlier is needed.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def gradient_noise_scale(  # given
    model: nn.Module, batches: Sequence[tuple[Tensor, Tensor]]
) -> float:
    r"""The batch size, in sequences, at which noise and signal in the gradient are equal.

    $B = \mathrm{tr}(\Sigma) / |G|^2$, both estimated from the gradients of single batches of one
    size and of their mean: $E|G_b|^2 = |G|^2 + \mathrm{tr}(\Sigma) / b$.

    Far below it, twice the batch does the work of two steps; far above it, of hardly more than one.

    Source: McCandlish et al. 2018, section 2.2 and appendix A.1.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    gradients = []
    for inputs, targets in batches:
        loss = cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        flat = [g.flatten() for g in torch.autograd.grad(loss, parameters)]
        gradients.append(torch.cat(flat))
    small = len(batches[0][0])
    large = small * len(batches)
    norm_small = sum(g.square().sum().item() for g in gradients) / len(gradients)
    norm_large = torch.stack(gradients).mean(0).square().sum().item()
    signal = (large * norm_large - small * norm_small) / (large - small)
    noise = (norm_small - norm_large) / (1 / small - 1 / large)
    return noise / signal
