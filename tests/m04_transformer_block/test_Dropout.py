"""Dropout zeroes each number with probability p in training, and scales up the rest.

No test knows which numbers are drawn. A correct layer fails one by bad luck with a chance below
1e-9, and as each test starts from the same seed, it never or always does.

pytest tests/m04_transformer_block/test_Dropout.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m04_transformer_block import Dropout


def values(out):
    """The different numbers in a tensor, sorted, to four decimals."""
    return out.detach().round(decimals=4).unique()


def row_by_row(layer, x):
    """The layer called on each row of x by itself."""
    return torch.stack([layer(row) for row in x])


def agreement(one, other):
    """The share of the places where both are dropped or both kept: 1/2 by chance for p = 1/2."""
    return ((one == 0) == (other == 0)).double().mean().item()


def test_a_number_is_zeroed_or_scaled_up():
    layer = Dropout(0.2)
    x = torch.ones(20, 10, 10)
    check.close(values(row_by_row(layer, x)), torch.tensor([0.0, 1.25]))  # 1 / (1 - 0.2)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5, 0.9])
def test_the_share_of_the_dropped_is_p(p):
    layer = Dropout(p)
    x = torch.ones(20, 10, 10)
    dropped = row_by_row(layer, x) == 0
    share = dropped.double().mean().item()  # Hoeffding: 2e^-40
    check.close(share, p, rtol=0.0, atol=0.1, hint="This is the share of the numbers set to 0.")


def test_the_mean_stays_what_it_was():
    layer = Dropout(0.2)
    x = torch.ones(100, 10, 10)
    mean = row_by_row(layer, x).mean().item()
    # Ten of its standard deviations.
    check.close(mean, 1.0, rtol=0.0, atol=0.05, hint="This is the mean of what was all ones.")


def test_leaves_its_input_alone():
    x = torch.ones(30, 40)
    Dropout(0.5)(x)
    check.close(values(x), torch.tensor([1.0]), hint="Dropout never writes to its input.")


@given(
    shape=st.lists(st.integers(1, 4), max_size=2),
    p=st.sampled_from([0.4, 0.5, 0.6]),
    seed=st.integers(0, 9),
)
def test_any_shape_and_size_of_number_will_do(shape, p, seed):
    layer = Dropout(p).double()
    x = check.randn(12, *shape, seed=seed, dtype=torch.float64)
    x = x.permute(*reversed(range(x.dim())))  # not contiguous
    factors = torch.stack([layer(x.clone()) / x for _ in range(10)])
    check.close(values(factors), torch.tensor([0.0, 1 / (1 - p)], dtype=torch.float64))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(torch.full((12, 16, 20), 2.0), layout)
    out = Dropout(0.2)(x)
    check.close(values(out), torch.tensor([0.0, 2.5]))
    chance = 0.2**2 + 0.8**2  # of two draws that are alike
    check.close(agreement(out, out.roll(1, 0)), chance, rtol=0.0, atol=0.1)


def test_works_on_the_device_of_its_argument():
    layer = Dropout(0.2)
    x = torch.ones(20, 10, 10)
    check.close(values(elsewhere(layer, x)), torch.tensor([0.0, 1.25]))


def test_float64_keeps_its_digits():
    x = torch.full((20, 30), 1 / 3, dtype=torch.float64)
    out = Dropout(0.3)(x)
    expected = torch.tensor(1 / 2.1, dtype=torch.float64)  # what is kept: 1/3 / (1 - 0.3)
    check.close(out.max(), expected, rtol=1e-12, atol=1e-12)


def test_shape_and_dtype_are_kept():
    out = Dropout(0.5)(torch.ones(1, 3, 1, dtype=torch.float64))
    check.equal((tuple(out.shape), str(out.dtype)), ((1, 3, 1), "torch.float64"))


@pytest.mark.parametrize("shape", [(1, 1), ()])
def test_a_number_alone_is_dropped_at_times(shape):
    layer = Dropout(0.5)
    x = torch.ones(200, *shape)
    check.equal(len(values(row_by_row(layer, x))), 2, hint="In 200 draws both things happen.")


@pytest.mark.parametrize("axis", ["batch", "seq", "d_model"])
def test_neighbours_are_drawn_on_their_own_along(axis):
    out = Dropout(0.5)(torch.ones(12, 16, 20))
    neighbours = out.roll(1, ["batch", "seq", "d_model"].index(axis))
    check.close(agreement(out, neighbours), 0.5, rtol=0.0, atol=0.1)  # Hoeffding: 2e^-70


def test_every_call_draws_anew():
    layer = Dropout(0.5)
    first = row_by_row(layer, torch.ones(20, 10, 10))
    second = row_by_row(layer, torch.ones(20, 10, 10))
    check.close(agreement(first, second), 0.5, rtol=0.0, atol=0.1)


def test_every_layer_draws_its_own():
    out = row_by_row(Dropout(0.5), torch.ones(20, 10, 10))
    others = row_by_row(Dropout(0.5), torch.ones(20, 10, 10))
    check.close(agreement(out, others), 0.5, rtol=0.0, atol=0.1)


def test_the_draws_are_those_of_torchs_own_generator():
    state = torch.get_rng_state()
    first = row_by_row(Dropout(0.5), torch.ones(20, 10, 10))
    torch.set_rng_state(state)
    again = row_by_row(Dropout(0.5), torch.ones(20, 10, 10))
    hint = "The same state of torch's generator, the same masks."
    check.close(agreement(first, again), 1.0, rtol=0.0, atol=0.1, hint=hint)


def test_the_seed_is_left_alone():
    seed = torch.initial_seed()
    Dropout(0.5)(torch.ones(3, 4))
    same = torch.initial_seed() == seed
    check.equal(same, True, hint="A layer that sets the seed sets it for everything after it.")


def test_in_eval_nothing_happens():
    layer = Dropout(0.4).eval()
    x = torch.ones(20, 10, 10)
    hint = "In eval every 1 stays 1: that is the only number in the result."
    check.close(values(row_by_row(layer, x)), torch.tensor([1.0]), hint=hint)


def test_eval_of_the_whole_network_reaches_it():
    layer = Dropout(0.4)
    nn.Sequential(nn.Sequential(layer)).eval()
    x = torch.ones(20, 10, 10)
    hint = "eval() of a network reaches self.training of every module in it."
    check.close(values(row_by_row(layer, x)), torch.tensor([1.0]), hint=hint)


def test_back_in_training_it_drops_again():
    layer = Dropout(0.2).eval()
    layer(torch.ones(3))
    layer.train()
    x = torch.ones(20, 10, 10)
    check.close(values(row_by_row(layer, x)), torch.tensor([0.0, 1.25]))


def test_with_p_zero_nothing_happens():
    layer = Dropout(0.0)
    x = torch.ones(20, 10, 10)
    hint = "With p = 0 every 1 stays 1: nothing is dropped or scaled."
    check.close(values(row_by_row(layer, x)), torch.tensor([1.0]), hint=hint)


@pytest.mark.parametrize("p", [-0.25, 1.5])
def test_a_p_that_is_no_probability_is_refused_by_name(p):
    check.raises(ValueError, Dropout, p, names=[p])


def test_a_p_of_one_is_refused():
    check.raises(ValueError, Dropout, 1.0)


def test_the_gradient_takes_the_same_way():
    layer = Dropout(0.2)
    x = torch.ones(20, 10, 10, requires_grad=True)
    out = row_by_row(layer, x)
    out.sum().backward()
    check.close(values(x.grad), torch.tensor([0.0, 1.25]))
    same = torch.equal(x.grad == 0, out == 0)
    check.equal(same, True, hint="What is dropped gets no gradient, what is kept does.")


def test_nothing_is_stored():
    check.equal(list(Dropout(0.5).state_dict()), [])
