"""rotate turns pairs of numbers: number i of the first half with number i of the second.

pytest tests/m09_positions/test_rotate.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m09_positions import rotate


def as_complex(x, cos, sin):
    """Each pair as a complex number, a + bi, times cos + i sin."""
    half = x.size(-1) // 2
    pairs = torch.complex(x[..., :half].double(), x[..., half:].double())
    turned = pairs * torch.complex(cos.double(), sin.double())
    return torch.cat([turned.real, turned.imag], -1).to(x.dtype)


def angles(*shape, seed=9, dtype=torch.float32):
    turn = check.randn(*shape, seed=seed, dtype=torch.float64)
    return turn.cos().to(dtype), turn.sin().to(dtype)


def by_place(places, pairs):
    """cos and sin in float64, of angles that this file chooses: place / (pair + 1)."""
    turn = torch.as_tensor(places, dtype=torch.float64).unsqueeze(-1) / torch.arange(1, pairs + 1)
    return turn.cos(), turn.sin()


def test_a_quarter_turn_worked_by_hand():
    x = torch.tensor([[3.0, 4.0]])
    found = rotate(x, torch.tensor([[0.0]]), torch.tensor([[1.0]]))
    check.close(found, torch.tensor([[-4.0, 3.0]]))


def test_a_number_of_the_first_half_is_turned_with_its_partner_in_the_second():
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    cos, sin = torch.tensor([[0.0, 1.0, 0.6]]), torch.tensor([[1.0, 0.0, 0.8]])
    # (1, 4) by a quarter, (2, 5) not at all, (3, 6) by the angle of 3-4-5.
    check.close(rotate(x, cos, sin), torch.tensor([[-4.0, 2.0, -3.0, 1.0, 5.0, 6.0]]))


def test_each_place_is_turned_by_its_own_angle():
    x = check.randn(5, 6, seed=1)
    cos, sin = angles(5, 3)
    check.close(rotate(x, cos, sin), as_complex(x, cos, sin))


def test_the_first_place_stays_as_it_is():
    x = check.randn(2, 1, 6, seed=2)
    check.close(rotate(x, torch.ones(1, 3), torch.zeros(1, 3)), x)


def test_turning_keeps_the_length_of_each_pair():
    x = check.randn(3, 4, 6, seed=3, dtype=torch.float64)
    cos, sin = by_place(range(4), 3)
    lengths = rotate(x, cos, sin).unflatten(-1, (2, 3)).norm(dim=-2)
    check.close(lengths, x.unflatten(-1, (2, 3)).norm(dim=-2), rtol=1e-10, atol=1e-10)


@given(query=st.integers(0, 9), key=st.integers(0, 9), shift=st.integers(1, 300))
def test_a_score_depends_on_the_distance_alone(query, key, shift):
    q = check.randn(1, 8, seed=4, dtype=torch.float64)
    k = check.randn(1, 8, seed=5, dtype=torch.float64)
    cos, sin = by_place([query - key], 4)
    expected = as_complex(q, cos, sin) @ k.mT  # as if the key stood at 0
    found = [
        rotate(q, *by_place([query + away], 4)) @ rotate(k, *by_place([key + away], 4)).mT
        for away in (0, shift)
    ]
    check.close(torch.cat(found), expected.expand(2, 1), rtol=1e-10, atol=1e-10)


def test_two_turns_are_one_by_both_angles():
    x = check.randn(3, 4, seed=6, dtype=torch.float64)
    once = rotate(x, *by_place([1, 2, 3], 2))
    expected = as_complex(x, *by_place([5, 5, 5], 2))
    check.close(rotate(once, *by_place([4, 3, 2], 2)), expected, rtol=1e-12, atol=1e-12)


@given(
    batch=st.lists(st.integers(1, 3), max_size=3),
    seq=st.integers(1, 5),
    pairs=st.integers(1, 4),
)
def test_agrees_with_complex_numbers_on_any_leading_axes(batch, seq, pairs):
    x = check.randn(*batch, seq, 2 * pairs, seed=7, dtype=torch.float64)
    cos, sin = angles(seq, pairs, dtype=torch.float64)
    check.close(rotate(x, cos, sin), as_complex(x, cos, sin), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "shape", [(), (3,), (5, 1), (1, 3), (2, 1, 5, 3), (2, 4, 1, 1), (2, 4, 5, 3)]
)
def test_cos_and_sin_broadcast_to_the_pairs(shape):
    x = check.randn(2, 4, 5, 6, seed=8)
    cos, sin = angles(*shape)
    check.close(rotate(x, cos, sin), as_complex(x, cos, sin))


@pytest.mark.parametrize(("dtype", "rounding"), [(torch.bfloat16, 2**-8), (torch.float16, 2**-11)])
def test_half_precision_is_only_rounded_at_the_end(dtype, rounding):
    x = check.randn(4, 5, 6, seed=10).to(dtype)
    cos, sin = angles(5, 3)
    found = rotate(x, cos, sin)
    check.equal(str(found.dtype), str(dtype), hint="The result has the dtype of x.")
    expected = as_complex(x.double(), cos, sin)
    check.close(found.double(), expected, rtol=1.01 * rounding, atol=1e-6)


def test_angles_in_float64_do_not_change_the_dtype_of_x():
    x = check.randn(4, 6, seed=11)
    cos, sin = angles(4, 3, dtype=torch.float64)
    check.close(rotate(x, cos, sin), as_complex(x, cos, sin))


def test_float64_is_float64_throughout():
    x = check.randn(4, 6, seed=12, dtype=torch.float64)
    cos, sin = angles(4, 3)  # float32, as rotary_angles gives them
    check.close(rotate(x, cos, sin), as_complex(x, cos, sin), rtol=1e-12, atol=1e-12)
    huge = 1e40 * x  # too large for float32
    check.close(rotate(huge, cos, sin), as_complex(huge, cos, sin))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 4, 5, 6, seed=13), layout)
    cos, sin = (laid_out(part, layout) for part in angles(5, 3))
    check.close(rotate(x, cos, sin), as_complex(x, cos, sin))


def test_works_on_the_device_of_its_arguments():
    x = check.randn(2, 5, 6, seed=14)
    cos, sin = angles(5, 3)
    check.close(elsewhere(rotate, x, cos, sin), as_complex(x, cos, sin))


def test_its_gradient_is_turned_back():
    x = check.randn(5, 6, seed=15, dtype=torch.float64).requires_grad_()
    cos, sin = angles(5, 3, dtype=torch.float64)
    pick = check.randn(5, 6, seed=16, dtype=torch.float64)
    out = rotate(x, cos, sin)
    check.close(out, as_complex(x, cos, sin))
    (out * pick).sum().backward()
    check.close(x.grad, as_complex(pick, cos, -sin))


@pytest.mark.parametrize("argument", ["x", "cos", "sin"])
def test_leaves_its_arguments_alone(argument):
    cos, sin = angles(5, 3)
    arguments = {"x": check.randn(2, 5, 6, seed=17), "cos": cos, "sin": sin}
    before = arguments[argument].clone()
    rotate(**arguments)
    check.close(arguments[argument], before, hint=f"Nothing is ever written to {argument}.")
