"""Code runs as on a GPU: right where it asks for its argument's device, an error where it does not.

pytest tests/kata/test_elsewhere.py
"""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kata.testing.elsewhere import elsewhere

X = torch.tensor([[-1.0, 2.0, 3.0], [4.0, -5.0, 6.0]])


def written(x):
    y = x.clone()
    y[x > 0] = 0
    y[:, 0] = torch.ones(2)  # a copy, which crosses devices on a GPU, too
    y[0, 0] = 5
    y[[0, 1], [2]] = 7
    return y


LEGAL = {
    "a number": lambda x: x + 1,
    "a 0-dim tensor of the CPU": lambda x: x + torch.tensor(2.0),
    "zeros on its device": lambda x: x + torch.zeros(3, device=x.device),
    "zeros like it": lambda x: x + torch.zeros_like(x),
    "a list on its device": lambda x: x + torch.tensor([1.0, 2.0, 3.0], device=x.device),
    "a list as a tensor": lambda x: x + torch.as_tensor([1.0, 2.0, 3.0], device=x.device),
    "new_tensor": lambda x: x + x.new_tensor([1.0, 2.0, 3.0]),
    "new_zeros": lambda x: torch.cat([x, x.new_zeros(1, 3)]),
    "moved there": lambda x: x + torch.arange(3).to(x.device),
    "moved with type_as": lambda x: x + torch.arange(3).type_as(x),
    "positions that the CPU holds": lambda x: x[torch.tensor([1, 0])],
    "a list of positions": lambda x: x[:, [-1]] + x[[[0, 1], [1, 0]], [[0], [2]]].sum(),
    "a range of positions": lambda x: x[range(1, 2)],
    "no positions": lambda x: x[:, []],
    "numbers that are looked at": lambda x: x * max(x[0].tolist()) + x.sum().item(),
    "a branch on numbers": lambda x: x if (x > 0).any() else -x,
    "writing": written,
    "writing through a view": lambda x: x.clone().view(-1).mul_(2).view(2, 3),
    "a loop over rows": lambda x: torch.stack([row.cumsum(0) for row in x]),
    "one_hot": lambda x: F.one_hot((x > 0).long(), 2),
    "the places of the largest": lambda x: torch.stack(
        torch.unravel_index(x.flatten().topk(3).indices, x.shape)
    ),
    "einsum": lambda x: torch.einsum("ab,cb->ac", x, x),
    "a generator of the CPU": lambda x: torch.multinomial(
        x.softmax(-1), 1, generator=torch.Generator().manual_seed(0)
    ),
}
ILLEGAL = {
    "zeros": lambda x: x + torch.zeros(x.shape),
    "an arange": lambda x: x * torch.arange(x.size(-1)),
    "a list": lambda x: x @ torch.tensor([1.0, 2.0, 3.0]),
    "a mask": lambda x: x.masked_fill(torch.ones(2, 3).tril().bool(), 0.0),
    "an index for gather": lambda x: x.gather(1, torch.tensor([[0], [1]])),
    "random numbers": lambda x: x * torch.rand(x.shape),
    "a row for cat": lambda x: torch.cat([x, torch.zeros(1, 3)]),
    "the result": lambda x: torch.zeros(x.shape),
    "a result moved back": lambda x: x.cpu(),
    "a 0-dim tensor for stack": lambda x: torch.stack([x[0, 0], torch.tensor(1.0)]),
    "numpy": lambda x: torch.from_numpy(x.numpy()),
}


@pytest.mark.parametrize("what", LEGAL)
def test_what_a_gpu_takes_gives_the_same_numbers(what):
    result = elsewhere(LEGAL[what], X)
    assert type(result) is torch.Tensor
    assert torch.equal(result, LEGAL[what](X))


@pytest.mark.parametrize("what", ILLEGAL)
def test_what_a_gpu_refuses_is_refused(what):
    with pytest.raises((RuntimeError, TypeError), match="device"):
        elsewhere(ILLEGAL[what], X)


class Shifted(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = torch.ones(3)
        self.register_buffer("scale", torch.full((3,), 2.0))
        self.linear = nn.Linear(3, 3)
        self.tied = self.linear

    def forward(self, x):
        return self.tied(self.linear(x)) * self.scale


def test_a_module_is_taken_there_with_its_buffers_and_comes_back():
    module = Shifted()
    weight = module.linear.weight
    assert torch.equal(elsewhere(module, X), module(X))
    assert module.linear.weight is weight


def test_a_tensor_that_is_no_buffer_stays_behind():
    module = Shifted()
    with pytest.raises(RuntimeError, match="same device"):
        elsewhere(lambda module, x: module(x) + module.shift, module, X)


def test_gradients_flow_there():
    def gradient(x):
        (x.softmax(-1) ** 2).sum().backward()
        return x.grad

    here = X.clone().requires_grad_()
    there = elsewhere(gradient, here)
    assert torch.equal(there, gradient(here))


def test_what_is_printed_there_tells_shape_dtype_and_that_it_is_on_another_device():
    printed = elsewhere(repr, X)
    assert printed == "float32 (2, 3) on another device, as on a GPU"
    assert elsewhere(lambda x: f"{x} {[x]}", X) == f"{printed} [{printed}]"


def test_lists_and_dicts_are_taken_there():
    total = elsewhere(lambda parts, named: parts[0] + named["x"], [X], {"x": X})
    assert torch.equal(total, X + X)
