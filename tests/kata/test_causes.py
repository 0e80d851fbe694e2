"""Exceptions explained: each entry of the tables is made to happen, and says what is true.

pytest tests/kata/test_causes.py
"""

import contextlib
import copy
import dataclasses
import functools
import io
import itertools
import json
import linecache
import math
import pickle
import re
import textwrap

import pytest
import torch
from jaxtyping import Bool, Float, Int, jaxtyped
from torch import Tensor, nn
from torch.nn import functional

from kata.causes import search as causes
from kata.causes.place import steps
from kata.causes.pytorch import FUNCTIONS, METHODS
from kata.course.curriculum import milestones
from kata.errors import KataError, Mismatch
from kata.testing.guard import guarded
from kata.testing.signatures import checked
from tests.kata import raised
from tests.kata.learner import Room, once

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # of what is wrong anyway
NAMES = [
    *((f"tensors have no {n}", f"x.{n}", torchs) for n, torchs in METHODS.items()),
    *((f"torch has no {n}", f"torch.{n}", torchs) for n, torchs in FUNCTIONS.items()),
]
CASES = {claim: (code, said) for claim, code, said in [*raised.CASES, *NAMES]}
numbers = itertools.count()


def module():
    """What the code of a case finds there."""
    return {
        **{"__name__": "learner", "torch": torch, "nn": nn, "F": functional, "math": math},
        **{"io": io, "copy": copy, "json": json, "pickle": pickle, "Tensor": Tensor},
        **{"Float": Float, "Int": Int, "Bool": Bool, "typed": jaxtyped(typechecker=enforced)},
        **{"dataclass": dataclasses.dataclass, "contextmanager": contextlib.contextmanager},
        **{"mixer": mixer, "SGD": lambda parameters: torch.optim.SGD(parameters, lr=0.1)},
        **{"x": torch.arange(6.0).reshape(2, 3), "n": torch.arange(3)},
        "w": nn.Parameter(torch.ones(2, 3)),
    }


def enforced(function):
    """All that the code of a case promises, as if the course had."""
    return checked(function, lambda: function.__annotations__.keys())


def mixer(x, mask):
    return x[:, :2] + x * mask.mT


def run(code):
    """The exception that the code raises, as an exercise's test would see it."""
    file = f"learner-{next(numbers)}.py"
    code = textwrap.dedent(code).strip() + "\n"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    with guarded(milestones()[0], "relu"):
        try:
            exec(compile(code, file, "exec"), module())
        except Exception as error:
            return error
    raise AssertionError(f"nothing was raised by {code}")


@functools.cache
def fitting(code):
    return causes.fitting(run(code), lambda file: file.startswith("learner-"))


def said(code):
    return fitting(code)[1]


# The tables


@pytest.mark.parametrize("claim", CASES)
def test_what_the_exception_means_is_said(claim):
    code, part = CASES[claim]
    assert part in said(code)


def test_every_entry_is_reached():
    reached = {id(fitting(code)[0]) for code, _ in CASES.values()}
    assert [entry.says for entry in causes.TABLE if id(entry) not in reached] == []


def test_no_two_cases_have_the_same_claim():
    assert len(CASES) == len(raised.CASES) + len(NAMES)


@pytest.mark.parametrize("claim", CASES)
def test_it_is_two_short_sentences_and_leaves_the_work_to_the_learner(claim):
    text = said(CASES[claim][0])
    assert len(text) <= 200
    assert text[-1] in ".?:)"
    assert not re.search(r"torch\.softmax|F\.softmax|nn\.LayerNorm|nn\.Linear|scaled_dot", text)


# What needs no explanation, or has it already


OWN = {
    "a raise": "raise ValueError('not enough values to unpack (expected 2, got 1)')",
    "a raise with a message that fails": "raise ValueError(f'{x.shape} is not 3')",
    "an assert": "assert x.ndim == 3, 'shape mismatch'",
    "a stub": "raise NotImplementedError",
    "a raise in a function": "def f():\n    raise RecursionError\nf()",
}


@pytest.mark.parametrize("claim", OWN)
def test_what_the_learner_raises_has_no_cause(claim):
    assert said(OWN[claim]) == ""


TABLE = """
    class Table(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(5, 2))
        def forward(self, ids):
            if (ids >= 5).any():
                raise IndexError("id 5 is not in the vocabulary of 5")
            return self.weight[ids]
    Table()(torch.{ids})
"""


def test_what_a_table_raises_leads_to_the_length_where_it_was_asked_for_positions():
    assert "a text of 6 is too long for it" in said(TABLE.format(ids="arange(6)"))
    assert "a text of 6 is too long for it" in said(TABLE.format(ids="arange(6).expand(2, 6)"))


@pytest.mark.parametrize("ids", ["tensor([0, 5])", "tensor(5)", "tensor([0, 1, 2, 3, 4, 7])"])
def test_what_a_table_raises_of_other_ids_has_no_cause(ids):
    assert said(TABLE.format(ids=ids)) == ""


def test_what_failed_while_a_message_was_made_has_one():
    assert "Nothing is called" in said("raise ValueError(f'{width_of_heads} does not divide')")


def test_an_assert_that_cannot_be_decided_has_one():
    assert "`assert` makes one decision" in said("assert x == x")


@pytest.mark.parametrize("error", [KataError("is not subscriptable"), Mismatch("1", "2")])
def test_what_the_kata_says_itself_has_no_cause(error):
    with pytest.raises(type(error)) as caught:
        raise error
    assert causes.cause(caught.value, lambda file: False) == ""


def test_a_broken_signature_has_no_cause():
    broken = "@typed\ndef f(a: Int[Tensor, '']) -> int:\n    return 1\nf(x.max(-1))"
    assert type(run(broken)).__name__ == "TypeCheckError"
    assert said(broken) == ""


def test_an_exception_that_nobody_knows_has_no_cause():
    assert said("'a'.encode('no such codec')") == ""


def test_an_exception_that_was_never_raised_has_no_cause():
    assert causes.cause(ZeroDivisionError("division by zero"), lambda file: True) == ""


def test_an_exception_of_the_tests_own_code_is_explained_without_a_line():
    with pytest.raises(RuntimeError) as caught:
        torch.ones(2).sum().backward()
    said = causes.cause(caught.value, lambda file: False)
    assert said.startswith("The result is cut off from its input")


# Names and shapes


ATTENTION = """
    def scores(
        q: Float[Tensor, "... query d_head"],
        k: Float[Tensor, "batch key d_head"],
        mask: Bool[Tensor, "..."] | None = None,
    ):
        {code}
    scores(torch.ones(2, 4, 3), torch.ones(2, 5, 3), torch.ones(2, 5) > 0)
"""
SHAPES = {
    "names come from the signature, sizes where it has none": (
        "return q @ k",
        "`q` is (2, query 4, d_head 3) and `k` is (batch 2, key 5, d_head 3): a product sums over "
        "the last axis of the left, d_head 3, and the last but one of the right, key 5. Turned "
        "round, `k.mT` would fit.",
    ),
    "names follow a transposition": (
        "return q.transpose(-2, -1) @ k",
        "`q.transpose(-2, -1)` is (2, d_head 3, query 4) and `k` is",
    ),
    "mT swaps the last two": ("return k.mT @ q", "`k.mT` is (batch 2, d_head 3, key 5) and"),
    "a clash is told with the names": ("return q + k", "at axis -2, counted from the end, query 4"),
    "the right axes are named": ("return q + k", "query 4 meets key 5, and neither is 1."),
    "an operand may be computed": ("return q - k.mean(dim=1)", "`k.mean(dim=1)` is (2, 3)"),
    "a parameter that was replaced has sizes alone": (
        "k = k[:, :, None]; return q @ k",
        "and `k` is (2, 5, 1, 3)",
    ),
    "a parameter without names has sizes alone": ("return q.masked_fill(mask, 0)", "is (2, 5)"),
    "a long operand is not quoted": (
        "return (q * 1.0 + q * 2.0 + q * 3.0 + q * 4.0 + q * 5.0) @ k",
        "one tensor is (2, query 4, d_head 3) and `k` is",
    ),
    "a number keeps the names": (
        "return q / math.sqrt(q.size(-1)) @ k",
        "`q / math.sqrt(q.size(-1))` is (2, query 4, d_head 3) and `k` is",
    ),
    "a variable has the names of what it was made of": (
        "scores = q @ k.mT / 2; return scores.exp().masked_fill(~mask, 0)",
        "`scores.exp()` is (2, query 4, key 5) and `~mask` is (2, 5): `~mask` has no",
    ),
    "a variable that is assigned twice has sizes alone": (
        "y = q; y = y * 2; return y @ k",
        "`y` is (2, 4, 3) and `k` is",
    ),
    "a variable made before its parts changed has sizes alone": (
        "y = q.mT; q = q.mT; return y @ k",
        "`y` is (2, 3, 4) and `k` is",
    ),
    "a gap is told with its name": (
        "return k - k.sum(-1)",
        "`k.sum(-1)` has no axis for d_head 3. Add one with unsqueeze(-1)",
    ),
    "what stands in a list is seen": (
        "return torch.cat([q, k], dim=3)",
        "`q` is (2, query 4, d_head 3): there is no axis 3, only those from -3 to 2.",
    ),
}


@pytest.mark.parametrize("claim", SHAPES)
def test_operands_have_their_shapes(claim):
    code, part = SHAPES[claim]
    assert part in said(ATTENTION.format(code=code))


@pytest.mark.parametrize(
    "code",
    [
        "x + f(torch.ones(4))",
        "f(x) @ torch.ones(4, 5)",
        "x @ C().weight",
        "x @ [torch.ones(4, 5) for _ in range(1)][0]",
    ],
)
def test_nothing_of_the_learners_is_run_for_a_cause(code):
    before = """
        ran = []
        def f(y):
            ran.append(1)
            return y
        class C:
            @property
            def weight(self):
                ran.append(1)
                return torch.ones(4, 5)
    """
    error = run(textwrap.dedent(before) + code)
    (frame,) = {t.tb_frame for t in steps(error.__traceback__) if "ran" in t.tb_frame.f_globals}
    times = len(frame.f_globals["ran"])
    text = causes.cause(error, lambda file: file.startswith("learner-"))
    assert " is (" not in text
    assert text
    assert len(frame.f_globals["ran"]) == times


def test_what_fails_in_a_function_of_a_test_is_not_told_of_the_call():
    text = said("mixer(x, x.T)")
    assert text.startswith("Two shapes, paired from the right, have 2 and 3 at one axis")


def test_a_chain_over_several_lines_is_found():
    assert "`x.mean(-1)`" in said("y = (\n    x\n    - x.mean(-1)\n)")
    assert "There is no `fooo`" not in said("y = (\n    x\n    .exp()\n    .fooo(3)\n)")
    assert "there is no axis 5" in said("y = (\n    x\n    .exp()\n    .sum(5)\n)")


def test_what_an_exercise_builds_is_no_near_name():
    assert said("torch.sofmax(x)") == ""


# On the screen


@pytest.fixture
def broken(tmp_path_factory):
    """Mistakes in a learner's tree, each in an exercise of its own."""

    def accident(folder):
        room = Room.furnished(folder / "tree")
        room.body("relu", "return max(x, 0)")
        room.body("gelu", "return 0.5 * x * (1 + math.tanh(x))")
        room.body("softmax", "exp = (x - x.max(dim)).exp()", "return exp / exp.sum(dim)")
        room.body("cross_entropy", "raise RuntimeError('does not require grad')")
        room.edit("layers.py", "x @ self.weight.T", "x @ self.weight")
        room.body("Embedding.__init__", "self.weight = nn.Parameter(torch.ones(2, 3))")
        room.body("MLP.forward", "return self.dwn(gelu(self.up(x)))")
        return room.run()

    return once("causes", tmp_path_factory, accident)


def told(broken, exercise):
    """The causes in the report, of all tests of the exercise that raised."""
    tests = broken.exercises[exercise]["tests"].values()
    return {test["cause"] for test in tests if test["outcome"] != "passed"}


@pytest.mark.parametrize(
    ("exercise", "part"),
    [
        ("relu", "Python's max() makes one decision"),
        ("gelu", "math.tanh takes one number, and `x` is a tensor"),
        ("softmax", "max gives a pair of values and indices, and `x.max(dim)` is one."),
        ("Linear", "`self.weight`"),
        ("Embedding", "The first line of __init__ is super().__init__()."),
        ("MLP", "`MLP` has no `dwn`, but it has `down`."),
    ],
)
def test_the_report_has_the_cause_apart(broken, exercise, part):
    assert any(part in cause for cause in told(broken, exercise))


def test_a_message_holds_the_cause_with_its_label(broken):
    assert any("\n   cause  Python's max()" in m for m in broken.messages("relu"))


def test_the_screen_shows_it_below_the_line(broken):
    below = r" at +\S+functions.py:\d+  return max\(x, 0\) *\n +cause +Python's max\(\) makes"
    assert re.search(below, broken.output)


def test_a_property_has_a_cause_too(broken):
    name = "test_softmax.py::test_adding_a_constant_to_all_scores_changes_nothing"
    test = broken.exercises["softmax"]["tests"][f"tests/m01_mlp/{name}"]
    assert "`x.max(dim)` is one. Take one of the two" in test["cause"]


def test_the_learners_own_exception_has_none(broken):
    assert told(broken, "cross_entropy") == {""}
