"""What is said of wrong numbers is true of them, and nothing is said where chance would do.

pytest tests/kata/test_observe.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata.observers.observe import Wrong, observed
from kata.testing.check import randn

R = randn(3, 4, 5, seed=0)
SQUARE = randn(2, 4, 4, seed=1)
ROW = torch.tensor([0.3, -1.2, 2.5, 0.7, -0.4])
SHARES = torch.softmax(randn(4, 6, seed=2), -1)
IDS = torch.tensor([[5, 3, 8, 1], [4, 2, 7, 6], [9, 0, 3, 2]])
MASK = torch.tensor([[True, True, False], [True, False, False]])
X = randn(3, 4, 5, seed=3)


def wrong(expected, got, compared="f(x)", around=None, called="f(x)", before=(), tolerance=None):
    rtol, atol = tolerance or ((1e-4, 1e-5) if _is_real(expected) else (0.0, 0.0))
    return Wrong(expected, got, rtol, atol, compared, around or {}, called, before)


def _is_real(value):
    return isinstance(value, float) or (
        isinstance(value, torch.Tensor) and value.is_floating_point()
    )


def said(expected, got, **more):
    return observed([[wrong(expected, got, **more)]])


def changed(values, index, to):
    """A copy that has other numbers at some places."""
    values = values.clone()
    values[index] = to
    return values


def swapped_then_reshaped(values, *axes):
    return values.transpose(*axes).reshape(values.shape)


def noise(values):
    return values + randn(*values.shape, seed=9)


LATER = torch.cat([R[:, :2], noise(R[:, 2:])], 1)
SENTENCES = [
    # what the numbers are of the right ones
    (R, 2 * R, "Every number is 2 times the right one."),
    (R, R / 2, "Every number is 1/2 times the right one."),
    (R, -R, "Every number is the right one with its sign turned."),
    (R, R / math.sqrt(3), "Every number is 1/√3 times the right one."),
    (R, R / math.log(2), "Every number is 1/ln 2 times the right one."),
    (R, 0.737 * R, "Every number is about 0.737 times the right one."),
    ([24, 48, 72], [12, 24, 36], "Every number is 1/2 times the right one."),
    (torch.tensor(1.374), torch.tensor(3 * 1.374), "The number is 3 times the right one."),
    (R, R + 1, "Every number is 1 too large."),
    (R, R - 0.25, "Every number is 0.25 too small."),
    ([2, 4, 6, 9], [1, 3, 5, 8], "Every number is 1 too small."),
    (R, R.reciprocal(), "Every number is the reciprocal of the right one."),
    (R, R.square(), "Every number is the square of the right one."),
    (R.abs(), R.abs().sqrt(), "Every number is the square root of the right one."),
    (R, R.exp(), "Every number is the exponential of the right one."),
    (R.abs(), R.abs().log(), "Every number is the natural logarithm of the right one."),
    (R, 1 - R, "Every number is 1 minus the right one."),
    (R, R.abs(), "Every number is the right one without its sign."),
    (R, R.relu(), "The negative numbers have become 0; all others are right."),
    (R, -(-R).relu(), "The positive numbers have become 0; all others are right."),
    (3 * R, (3 * R).round(), "Every number is the right one, rounded."),
    (3 * R, (3 * R).floor(), "Every number is the right one, rounded down."),
    (3 * R, (3 * R).trunc(), "Every number is the right one without its decimals."),
    (R, R.clamp(max=0.5), "Numbers above 0.5 have become 0.5; all others are right."),
    (R, R.clamp(min=-0.5), "Numbers below -0.5 have become -0.5; all others are right."),
    (R, changed(R, 0, -R[0]), "Only signs are wrong: without them every number is right."),
    (R, R.softmax(-1), "These are the right numbers after one more softmax over the last axis."),
    (R.softmax(1), R, "A softmax over axis 1 would turn these into the right numbers."),
    (
        R,
        R * torch.tensor([1.0, 2.0, 3.0, 5.0])[:, None],
        "Each row along the last axis is the right row times one factor.",
    ),
    (
        R,
        R + torch.tensor([1.0, 2.0, 3.0, 5.0])[:, None],
        "Each row along the last axis is the right row plus one number.",
    ),
    (R, R * 0, "Every number is 0."),
    (R, R * 0 + 0.1, "Every number is 0.1."),
    (
        SHARES,
        (SHARES > 0.2) * 1.0,
        "Every number is 0 or 1, but some of the right ones lie between.",
    ),
    # the right numbers at other places
    (R, R.transpose(1, 2), "These are the right numbers with axes 1 and 2 swapped."),
    (SQUARE, SQUARE.mT, "These are the right numbers with axes 1 and 2 swapped."),
    (
        R,
        swapped_then_reshaped(R, 0, 1),
        "These are the right numbers, but reshaped where axes 0 and 1 have to be swapped.",
    ),
    (
        torch.cat([*R.unbind(0)], -1),
        R.reshape(4, 15),
        "These are the right numbers, but the 3 parts of the last axis were joined by a reshape "
        "without a swap of axes before it.",
    ),
    (ROW, ROW.flip(0), "These are the right numbers in reverse order."),
    (R, R.flip(1), "These are the right numbers in reverse order along axis 1."),
    (
        R,
        R.roll(1, 1),
        "Everything stands one place too late along axis 1, and the last comes first.",
    ),
    (
        R,
        R.roll(-1, 2),
        "Everything stands one place too early along the last axis, and the first comes last.",
    ),
    (R, R[[0, 2, 1]], "These are the right numbers in another order along the first axis."),
    (
        R,
        noise(R).index_copy(1, torch.arange(1, 4), R[:, :3]),
        "Everything stands one place too late along axis 1.",
    ),
    (
        R,
        R.flip(0, 1, 2).transpose(0, 2).contiguous().view(R.shape),
        "These are the right numbers at other places.",
    ),
    (R, R.reshape(12, 5), "These are the right numbers in the right order, but in another shape."),
    (R, R[:, None], "The numbers are right, but an axis of length 1 is too many."),
    (R[:, :1], R[:, 0], "The numbers are right, but an axis of length 1 is missing."),
    (R, R.sum(1), "These are the right numbers summed over axis 1."),
    (R, R.mean(0), "These are the right numbers averaged over the first axis."),
    (R.sum(0), R, "Summed over the first axis, these are the right numbers."),
    (R, R[:, :3], "The numbers are right, but the last along axis 1 is missing."),
    (ROW, ROW[2:], "The numbers are right, but the first 2 are missing."),
    (R[:2], R, "The right numbers are here, with 1 more after them along the first axis."),
    (
        R,
        R[:1].expand_as(R),
        "The right numbers of the first place along the first axis stand in all places.",
    ),
    (
        R,
        X[:, :1].expand_as(R),
        "Everything is the same along axis 1, where the right numbers differ.",
    ),
    # where the wrong ones are
    (R, torch.cat([R[:1], noise(R[1:])]), "Only the first along the first axis is right."),
    (R, torch.cat([R[:2], noise(R[2:])]), "Only the last along the first axis is wrong."),
    (R, torch.cat([noise(R[:2]), R[2:]]), "Only the last along the first axis is right."),
    (R, LATER, "All is right before [2] along axis 1; from there on it is wrong."),
    (R, changed(R, (slice(None), 1), X[:, 1]), "Only [1] along axis 1 is wrong."),
    (R, changed(R, (slice(None), 3), torch.nan), "Only the last along axis 1 has NaN."),
    (R, R * torch.nan, "Every number is NaN."),
    (R, R.abs() * -torch.inf, "Every number is -inf."),
    (SQUARE, SQUARE.tril(), "Only numbers above the diagonal are wrong."),
    (
        torch.ones(5, 5).bool().tril(),
        torch.ones(5, 5).bool().tril(-1),
        "Only entries on the diagonal are wrong.",
    ),
    (
        R,
        torch.where(R < 0, noise(R), R),
        "Exactly the numbers where the right one is negative are wrong.",
    ),
    (R, torch.where(X > 1, 0, R), "Every wrong number is 0."),
    (R, R + X.abs(), "Every wrong number is too large."),
    (R, R * (1.5 + X.abs()), "Every wrong number is of the right sign but too far from 0."),
    # what they sum to
    (
        SHARES,
        torch.softmax(randn(4, 6, seed=2), 0),
        "The numbers sum to 1 along the first axis; the right ones sum to 1 along the last axis.",
    ),
    (
        SHARES,
        torch.softmax(randn(24, seed=7), 0).view(4, 6),
        "All numbers together sum to 1; the right ones sum to 1 along the last axis.",
    ),
    (
        SHARES,
        X[0, 0, 0] + randn(4, 6, seed=8),
        "These do not sum to 1 along the last axis, but the right ones do.",
    ),
    # of what kind they are
    (R.double(), R, "The numbers are right, but of dtype float32, where float64 is expected."),
    (
        torch.tensor(2.5),
        2.5,
        "The number is right, but came as a Python float, where a tensor is expected.",
    ),
    (
        2.5,
        torch.tensor(2.5),
        "The number is right, but came as a tensor, where a Python float is expected.",
    ),
    (ROW, ROW.tolist(), "The numbers are right, but came as a list, where a tensor is expected."),
    (R, (X, R), "A tuple came, and only its entry [1] is expected."),
    (IDS > 4, IDS <= 4, "Every True should be False, and every False True."),
]


@pytest.mark.parametrize(("expected", "got", "sentence"), SENTENCES)
def test_what_is_true_is_said(expected, got, sentence):
    assert sentence in said(expected, got)


def seen_with(**around):
    return {"around": around, "called": f"f({', '.join(around)})"}


A, B = randn(5, seed=4), randn(4, 5, seed=5)
HIDDEN = torch.tensor([[True, True, False, True], [False] * 4, [True] * 4, [False] * 4])
EXACT = {"tolerance": (1e-9, 1e-12)}
MORE = [
    (R, X, seen_with(x=X), "These are exactly the numbers of x."),
    (R, R + X, seen_with(x=X), "Subtracting x gives the right numbers."),
    (R, R - A, seen_with(state={"bias": A}), "Adding state['bias'] gives the right numbers."),
    (R, R / X, seen_with(x=X), "Multiplying by x gives the right numbers."),
    (R, torch.where(X < 0, noise(R), R), seen_with(x=X), "Exactly the numbers where x is negative "
     "are wrong."),
    (R, torch.where(X > 1, torch.nan, R), seen_with(x=X), "Exactly the numbers where x is 1 or "
     "more are NaN."),
    (R[:, :4], R[:, :4].masked_fill(~HIDDEN[:3, :, None], torch.nan), seen_with(mask=HIDDEN[:3]),
     "Exactly the rows where mask is False are NaN."),
    (B, changed(B, [1, 3], 0.5), seen_with(mask=HIDDEN),
     "Exactly the rows in which mask is False everywhere are wrong."),
    (R, R.masked_fill(X > 0, 7.0), seen_with(mask=X > 0),
     "Exactly the numbers where mask is True are wrong."),
    (A, B[0], seen_with(expected=[A, B[0]]), "These are the numbers of expected[1]; those of "
     "expected[0] are expected."),
    (A, B[0], {"before": [B[0]]}, "These are the numbers that were right at an earlier check of "
     "this test."),
    (A, None, {"compared": "x.grad"}, "There is no gradient: x.grad is None."),
    (A, A + 1, {"compared": "x"}, "x was given to the call, and after it is not as it should be."),
    (A.double() / 3, (A / 3).double(), EXACT, "The numbers are right to about seven digits and no "
     "further, as in float32."),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "got", "more", "sentence"), MORE)
def test_what_the_test_knows_is_named(expected, got, more, sentence):
    assert sentence in said(expected, got, **more)


SILENT = [
    (R, noise(R)),
    (R, torch.cat([2 * R[:1], 3 * R[1:2], noise(R[2:])])),  # no one factor
    (R, 2 * R + X),
    (ROW[:2], 1.37 * ROW[:2]),  # two numbers and a factor without a name
    (torch.ones(3), torch.full((3,), 2.0)),  # a factor, an amount, or anything
    (torch.tensor(2.0), torch.tensor(4.0)),
    (12, 24),
    (6, 7),
    (True, False),
    ("dropped", "something else"),
    (torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])),  # reversed, swapped, 3 minus
    (torch.zeros(2, 3), torch.zeros(2, 3) + torch.tensor([1.0, 2.0, 4.0])),
    (torch.tensor([[1, 0]]), torch.tensor([[0, 1]])),
    (torch.tensor([True, False]), torch.tensor([False, True])),
    (IDS, IDS[:, [1, 0, 2, 3]] + torch.tensor([0, 0, 0, 1])),
    (torch.tensor([0.25, 0.75]), torch.tensor([0.5, 0.5])),
    (R, None),
    (R, "R"),
    (R, (X, X)),
    (R, noise(R).double()),
    (R, randn(2, 7, seed=6)),
    (R, torch.empty(0)),
    ({"weight": (3, 5)}, {"weight": (5, 3)}),
    ([1, 2, 3], ["a"]),
    (R, R.to(torch.complex64)),
]


@pytest.mark.parametrize(("expected", "got"), SILENT)
def test_where_chance_would_do_nothing_is_said(expected, got):
    sentences = [s for s in said(expected, got) if not s.startswith("These do not sum to 1")]
    assert sentences == []


def test_without_wrong_values_nothing_is_said():
    assert observed([]) == []
    assert observed([[], [wrong(R, 2 * R)]]) == []


def test_what_another_test_refutes_is_not_said():
    assert observed([[wrong(R, 2 * R)], [wrong(X, 3 * X)]]) == [
        "Every wrong number is of the right sign but too far from 0."
    ]


def test_what_another_test_cannot_decide_is_said():
    others = [[wrong([1], None)], [wrong(torch.zeros(3), torch.ones(3))], []]
    assert observed([[wrong(R, 2 * R)], *others]) == ["Every number is 2 times the right one."]


def test_gradients_refute_nothing_that_is_said_of_values():
    gradient = wrong(X, 4 * X, compared="x.grad")
    assert observed([[wrong(R, 2 * R)], [gradient]]) == ["Every number is 2 times the right one."]


def test_a_degenerate_value_on_screen_is_borne_out_by_others():
    small = [wrong(ROW[:2], 1.37 * ROW[:2])]
    assert observed([small]) == []
    sentence = "Every number is about 1.37 times the right one."
    assert observed([small, [wrong(R, 1.37 * R)]]) == [sentence]


def test_the_same_numbers_twice_bear_nothing_out():
    small = [wrong(ROW[:2], 1.37 * ROW[:2])]
    assert observed([small, small, small]) == []


@pytest.mark.parametrize(
    ("factor", "around", "called", "sentence"),
    [
        (lambda n: n**-0.5, lambda n: {"d_head": n}, "f(x)", "1/√d_head times the right one."),
        (
            lambda n: 1 / n,
            lambda n: {},
            "f(x, {})",
            "1/n times the right one, where n is argument 2 of the call.",
        ),
        (lambda n: 1 - 1 / n, lambda n: {"p": 1 / n}, "f(x)", "(1 - p) times the right one."),
        (
            lambda n: n**0.5,
            lambda n: {"x": torch.zeros(2, n)},
            "f(x)",
            "√n times the right one, where n is the length of the last axis of x.",
        ),
        (lambda n: n + 0.37, lambda n: {"n": n}, "f(x)", None),
    ],
)
def test_a_factor_that_changes_is_told_by_the_size_it_changes_with(
    factor, around, called, sentence
):
    tests = [
        [wrong(R + n, factor(n) * (R + n), around=around(n), called=called.format(n))]
        for n in (6, 7, 11)
    ]
    told = [s for s in observed(tests) if "times" in s]
    assert told == ([f"Every number is {sentence}"] if sentence else [])


def test_axes_are_the_same_counted_from_either_end():
    more = randn(2, *R.shape, seed=6)
    assert observed([[wrong(R, R.flip(-1))], [wrong(more, more.flip(-1))]]) == [
        "These are the right numbers in reverse order along the last axis."
    ]
    assert observed([[wrong(R, R.flip(-1))], [wrong(more, more.flip(0))]]) == [
        "These are the right numbers at other places."
    ]


def test_two_sentences_at_most_the_most_telling_first():
    causal = torch.ones(4, 4, dtype=torch.bool).tril()
    assert said(causal, torch.ones_like(causal)) == [
        "Everything is True.",
        "Only entries above the diagonal are wrong.",
    ]


SHAPES = st.lists(st.integers(1, 6), max_size=3).map(tuple)


@given(shape=SHAPES, other=SHAPES, seed=st.integers(0, 999), dtype=st.sampled_from([4, 8]))
def test_of_unrelated_numbers_nothing_is_said(shape, other, seed, dtype):
    kind = torch.float32 if dtype == 4 else torch.float64
    right, got = randn(*shape, seed=seed, dtype=kind), randn(*other, seed=seed + 1000, dtype=kind)
    around = {"x": randn(*shape, seed=seed + 2000), "n": 3, "mask": randn(*shape, seed=seed) > 0}
    before = [randn(*shape, seed=seed + 3000)]
    assert said(right, got, around=around, called="f(x, mask)", before=before) == []


@given(shape=SHAPES, seed=st.integers(0, 999), high=st.sampled_from([2, 5, 50]))
def test_unrelated_whole_numbers_are_not_told_to_be_the_right_ones_elsewhere(shape, seed, high):
    right, got = (
        torch.randint(high, shape, generator=torch.Generator().manual_seed(2 * seed + i))
        for i in (0, 1)
    )
    elsewhere = ("These are", "Everything stands", "The numbers are", "The right numbers")
    assert [sentence for sentence in said(right, got) if sentence.startswith(elsewhere)] == []


def test_whole_numbers_nearby_are_not_said_to_be_a_rounding():
    kept = [torch.tensor([0, 1 / (1 - p)]) for p in (0.1, 0.2, 0.3)]  # dropout, not scaled up
    assert observed([[wrong(k, (k > 0).float())] for k in kept]) == ["Every wrong number is 1."]
