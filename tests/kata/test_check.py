"""A check says what it expected and what came, in the order in which one can act on it.

pytest tests/kata/test_check.py
"""

import ast
import contextlib
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from kata.paths import ROOT
from kata.testing import check
from kata.testing.called import Called, last_call
from kata.testing.failure import explain
from kata.testing.seen import Raised, Seen
from tests.kata.learner import Room

VALUES = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


def mismatch(actual: Any, expected: Any, judge: Callable = check.close, **more: Any) -> Any:
    with pytest.raises(check.Mismatch) as caught:
        judge(actual, expected, **more)
    return caught.value


# close


def test_equal_tensors_pass() -> None:
    check.close(VALUES, VALUES.clone())
    check.close(VALUES, VALUES + 1e-6)
    check.close(torch.empty(0, 3), torch.empty(0, 3))
    check.close(torch.tensor([torch.inf]), torch.tensor([torch.inf]))
    check.close(VALUES.requires_grad_(), VALUES.detach())


def test_a_wrong_shape_is_told_before_any_number() -> None:
    wrong = mismatch(torch.zeros(2, 3), VALUES)
    assert (wrong.expected, wrong.got) == ("float32 (2, 2)", "float32 (2, 3)")
    assert wrong.detail == ""


def test_shapes_that_broadcast_are_not_equal() -> None:
    assert mismatch(torch.ones(1, 2), torch.ones(2)).got == "float32 (1, 2)"
    assert mismatch(torch.ones(1), torch.ones(())).got == "float32 (1,)"


def test_a_wrong_dtype_is_told_before_any_number() -> None:
    wrong = mismatch(VALUES.double(), VALUES + 1)
    assert (wrong.expected, wrong.got) == ("float32 (2, 2)", "float64 (2, 2)")
    assert mismatch(torch.ones(2, dtype=torch.int64), torch.ones(2)).got == "int64 (2,)"


def test_the_first_difference_and_their_number_are_told() -> None:
    wrong = mismatch(torch.tensor([[1.0, 2.0], [3.5, 5.0]]), VALUES)
    assert wrong.expected == "float32 (2, 2) [[1, 2], [3, 4]]"
    assert wrong.got == "float32 (2, 2) [[1, 2], [3.5, 5]]"
    assert wrong.detail == (
        "first difference at [1, 0]: expected 3, got 3.5 (2 of 4 numbers differ)"
    )


def test_one_number_has_no_index() -> None:
    wrong = mismatch(torch.tensor(2.0), torch.tensor(1.0))
    assert (wrong.expected, wrong.got, wrong.detail) == ("float32 () 1", "float32 () 2", "")


def test_many_numbers_are_not_printed() -> None:
    assert mismatch(torch.zeros(5, 5), torch.ones(5, 5)).got == "float32 (5, 5)"


def test_numbers_that_differ_are_printed_differently() -> None:
    wrong = mismatch(torch.tensor([1.2345678]), torch.tensor([1.2341]))
    assert wrong.expected != wrong.got
    assert mismatch(10001.0, 10003.0).got == "10001"


@pytest.mark.parametrize("number", [torch.nan, torch.inf])
def test_nan_and_infinity_are_never_close_to_a_number(number: float) -> None:
    wrong = mismatch(torch.tensor([1.0, number]), torch.tensor([1.0, 2.0]))
    assert wrong.detail == (
        f"first difference at [1]: expected 2, got {number:.4g} (1 of 2 numbers differ)"
    )


def test_nan_is_not_even_close_to_nan() -> None:
    mismatch(torch.tensor([torch.nan]), torch.tensor([torch.nan]))
    mismatch(torch.nan, torch.nan)


def test_tolerances_are_of_the_expected_value() -> None:
    check.close(torch.tensor([110.0]), torch.tensor([100.0]), rtol=0.1, atol=0)
    mismatch(torch.tensor([100.0]), torch.tensor([90.0]), rtol=0.1, atol=0)
    check.close(110.0, 100.0, rtol=0.1, atol=0)
    mismatch(100.0, 90.0, rtol=0.1, atol=0)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (None, "None"),
        (1.0, "float 1.0"),
        ([1.0, 2.0], "list [1.0, 2.0]"),
        (np.float32(1.0), "float32 np.float32(1.0)"),
        ((VALUES,), "tuple (tensor([[1., 2.],"),
    ],
)
def test_what_is_no_tensor_is_told_by_its_type(value: object, got: str) -> None:
    wrong = mismatch(value, torch.tensor([1.0, 2.0]))
    assert wrong.expected == "float32 (2,) [1, 2]"
    assert wrong.got.startswith(got)


def test_a_python_float_is_expected_where_one_is_promised() -> None:
    check.close(1.0, 1.0)
    assert mismatch(torch.tensor(1.0), 1.0).got == "float32 () 1"
    assert mismatch(1, 1.0).got == "int 1"
    assert mismatch(None, 1.0).got == "None"
    wrong = mismatch(2.0, 1.0)
    assert (wrong.expected, wrong.got) == ("1", "2")


def test_a_hint_stands_with_every_mismatch() -> None:
    cases = [
        (torch.zeros(2, 2), VALUES),
        (None, VALUES),
        (torch.zeros(3), VALUES),
        (None, 1.0),
        (2.0, 1.0),
    ]
    for actual, expected in cases:
        wrong = mismatch(actual, expected, hint="Look at the axis.")
        assert wrong.hint == "Look at the axis."
        assert "Look at the axis." in str(wrong)


# equal


def test_equal_wants_the_same_type_and_value() -> None:
    check.equal((1, 2), (1, 2))
    check.equal(None, None)
    assert mismatch([1, 2], (1, 2), check.equal).got == "list [1, 2]"
    assert mismatch(True, 1, check.equal).got == "bool True"
    assert mismatch((2, 1), (1, 2), check.equal).got == "(2, 1)"
    assert mismatch(None, 3, check.equal).got == "None"


# raises


def refuse(message: str, kind: type[Exception] = IndexError) -> None:
    raise kind(message)


def test_raises_wants_the_exception_and_the_numbers() -> None:
    check.raises(IndexError, refuse, "id 7 is not in 5", names=(7, 5))
    check.raises(IndexError, refuse, "-1 is not in [0, 5)", names=(-1, 5))
    check.raises(ValueError, refuse, "", ValueError)


@pytest.mark.parametrize("message", ["17 and 5", "7", "7.5 and 5", "-7 and 5", "w7 and 5"])
def test_a_number_within_another_is_not_named(message: str) -> None:
    with pytest.raises(check.Mismatch) as caught:
        check.raises(IndexError, refuse, message, names=(7, 5))
    assert caught.value.expected == "IndexError that names 7 and 5"
    assert caught.value.got == f"IndexError: {message}"


def test_what_a_message_lacks_is_told() -> None:
    with pytest.raises(check.Mismatch) as caught:
        check.raises(IndexError, refuse, "id 7 is not in 5", names=(5, 5, 6, 7))
    assert caught.value.detail == "Its message lacks 5 and 6."


def test_no_exception_is_told_with_what_came_instead() -> None:
    with pytest.raises(check.Mismatch) as caught:
        check.raises(IndexError, abs, -3)
    assert caught.value.expected == "IndexError"
    assert caught.value.got == "no error: it returned int 3"


def test_another_exception_passes_through() -> None:
    with pytest.raises(KeyError, match="lost"):
        check.raises(IndexError, refuse, "lost", KeyError)


# The record


def test_every_check_records_what_it_refused_and_that_it_took_the_rest() -> None:
    check.start_recording()
    check.close(VALUES, VALUES)
    mismatch(VALUES + 1, VALUES)
    mismatch(None, VALUES)
    mismatch(1.5, 1.0)
    mismatch((1, 2), (1, 3), check.equal)
    with pytest.raises(check.Mismatch):
        check.raises(IndexError, refuse, "id 7 is not in 5", names=[7, 6])
    first, second, third, fourth, fifth, sixth = check.recorded()
    assert [one.right for one in check.recorded()] == [True, *[False] * 5]
    assert first.value is None
    assert torch.equal(second.value, VALUES.detach().double() + 1)
    assert second.dtype is torch.float32
    assert third.value == "NoneType"
    assert fourth.value.item() == 1.5
    assert fifth.value == (1, 2)
    assert sixth.value == Raised("IndexError", frozenset({"7", "5"}))


def test_a_wrong_type_is_recorded_once() -> None:
    check.start_recording()
    mismatch(torch.ones(2), 1.0)
    mismatch([1], (1,), check.equal)
    assert len(check.recorded()) == 2


def test_the_record_is_not_changed_by_what_happens_to_the_tensor() -> None:
    check.start_recording()
    x = torch.ones(2, dtype=torch.float64)
    mismatch(x, torch.zeros(2, dtype=torch.float64))
    x.zero_()
    assert check.recorded()[0].value.tolist() == [1.0, 1.0]


def test_starting_anew_forgets() -> None:
    check.close(1.0, 1.0)
    check.start_recording()
    assert check.recorded() == []


def seen(value: object) -> Seen:
    check.start_recording()
    with contextlib.suppress(check.Mismatch):
        check.close(value, VALUES)  # type: ignore[arg-type]
    return check.recorded()[0]


def test_two_records_are_the_same_where_the_check_cannot_tell_them_apart() -> None:
    assert seen(VALUES + 1).same_as(seen(VALUES + 1 + 1e-6))
    assert seen(VALUES * torch.nan).same_as(seen(VALUES * torch.nan))
    assert seen(None).same_as(seen(None))
    different = [VALUES + 2, VALUES.double() + 1, (VALUES + 1)[:1], VALUES * torch.nan, None, 1.0]
    assert not any(seen(VALUES + 1).same_as(seen(other)) for other in different)


# Numbers to test with


def test_random_numbers_come_from_their_own_seed_and_no_other() -> None:
    before = torch.get_rng_state()
    assert torch.equal(check.randn(2, 3, seed=1), check.randn(2, 3, seed=1))
    assert not torch.equal(check.randn(2, 3, seed=1), check.randn(2, 3, seed=2))
    assert check.randint(7, 2, 3, seed=1).shape == (2, 3)
    state = check.random_state(nn.LayerNorm(2, dtype=torch.float64), seed=1)
    assert {name: value.dtype for name, value in state.items()} == {
        "weight": torch.float64,
        "bias": torch.float64,
    }
    assert torch.equal(torch.get_rng_state(), before)


def test_numbers_that_differ_late_are_shown_with_the_digits_that_differ() -> None:
    right = torch.tensor([1.0, 0.125], dtype=torch.float64)
    with pytest.raises(check.Mismatch, match=r"expected 0\.125, got 0\.12500001 "):
        check.close(right + torch.tensor([0.0, 1e-8]), right, rtol=1e-12, atol=1e-12)
    with pytest.raises(check.Mismatch, match=r"expected 2, got 2\.0000001"):
        check.close(2.0000001, 2.0, rtol=1e-12, atol=1e-12)


# What was called

WRITTEN = """
import pytest
from kata import check
from torch import ones, zeros
from milestones.m98_made_up import Layer, softmax, wrong

def test_inside_a_check():
    x = zeros(2, 3)
    check.close(softmax(x, dim=1), ones(2, 3))

def test_lines_earlier():
    layer = Layer(3)
    x = zeros(2, 3)
    out = layer(x)
    total = out.sum()
    check.close(total, ones(()))

def test_a_method():
    layer = Layer(3)
    x = zeros(4, 3)
    check.close(layer.double(x, times=2), ones(4, 3))

def test_a_call_within_a_call():
    x = zeros(2, 3)
    check.close(softmax(wrong(x)), ones(2, 3))

def test_raised_inside():
    x = zeros(5)
    wrong(x, True)

def test_an_error_that_did_not_come():
    layer = Layer(3)
    tokens = zeros(2)
    check.raises(IndexError, layer, tokens, names=(5,))

def test_in_a_loop():
    layer = Layer(3)
    for rows in (1, 2):
        x = zeros(rows, 3)
        check.close(layer(x), ones(rows, 3))

def test_in_a_with_block():
    layer = Layer(3)
    with pytest.MonkeyPatch.context():
        x = zeros(2, 3)
        check.close(layer(x), ones(2, 3))

def test_the_arguments_are_only_those_of_the_call():
    secret, x, n, label = ones(9), zeros(2, 3), 4, "a"
    check.close(softmax(x, dim=n - 3), ones(2, 3))

def test_nothing_was_called():
    check.close(ones(2), zeros(2))

def test_an_argument_after_the_call():
    x = zeros(2)
    softmax(x)
    check.close(x, ones(2))

def test_an_argument_that_the_call_makes_anew():
    x = zeros(2)
    x = softmax(x)
    check.close(x, ones(2))

def test_a_gradient():
    layer = Layer(3)
    x = zeros(2)
    layer(x)
    for name in ("weight", "bias"):
        check.close(layer.get_parameter(name).grad, ones(2))

def test_a_sum():
    x = zeros(2)
    out = softmax(x)
    check.close(out.sum(), ones(()))

def test_a_mode():
    layer = Layer(3)
    x = zeros(2)
    layer(x)
    check.equal(layer.training, False)

def test_what_a_helper_of_the_test_calls():
    def through(x):
        return softmax(x)
    x = zeros(2, 3)
    check.close(through(x), ones(2, 3))
"""

MADE_UP = """
from torch import nn, zeros
def softmax(x, dim=-1):
    return x
def wrong(x, fail=False):
    if fail:
        raise KeyError("no")
    return x
class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(zeros(2))
    def forward(self, x):
        return x
    def double(self, x, times):
        return x
"""


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Runs one of the tests above, and says what it had called when it failed."""
    made_up = types.ModuleType("milestones.m98_made_up")
    exec(MADE_UP, made_up.__dict__)
    monkeypatch.setitem(sys.modules, "milestones.m98_made_up", made_up)
    file = tmp_path / "test_written.py"
    file.write_text(WRITTEN, "utf-8")
    names: dict[str, Any] = {"__name__": "test_written"}
    exec(compile(WRITTEN, str(file), "exec"), names)

    def run(test: str) -> Called:
        with pytest.raises((check.Mismatch, KeyError)) as caught:
            names[f"test_{test}"]()
        return last_call(caught.value.__traceback__, str(file))

    return run


@pytest.mark.parametrize(
    ("test", "call", "arguments"),
    [
        ("inside_a_check", "softmax(x, dim=1)", ["x: float32 (2, 3) [[0, 0, 0], [0, 0, 0]]"]),
        ("lines_earlier", "layer(x)", ["x: float32 (2, 3) [[0, 0, 0], [0, 0, 0]]"]),
        ("a_method", "layer.double(x, times=2)", ["x: float32 (4, 3)"]),
        ("a_call_within_a_call", "softmax(wrong(x))", None),
        ("raised_inside", "wrong(x, True)", ["x: float32 (5,) [0, 0, 0, 0, 0]"]),
        ("an_error_that_did_not_come", "layer(tokens)", ["tokens: float32 (2,) [0, 0]"]),
        ("in_a_loop", "layer(x)", ["x: float32 (1, 3) [[0, 0, 0]]"]),
        ("in_a_with_block", "layer(x)", ["x: float32 (2, 3) [[0, 0, 0], [0, 0, 0]]"]),
        (
            "what_a_helper_of_the_test_calls",
            "through(x)",
            ["x: float32 (2, 3) [[0, 0, 0], [0, 0, 0]]"],
        ),
        ("nothing_was_called", "", []),
    ],
)
def test_the_last_call_into_milestone_code_is_named(
    called: Callable, test: str, call: str, arguments: list[str] | None
) -> None:
    found = called(test)
    assert found.call == call
    if arguments is not None:
        assert found.arguments == arguments


def test_the_arguments_are_those_of_the_call_alone(called: Callable) -> None:
    call, arguments, _ = called("the_arguments_are_only_those_of_the_call")
    assert call == "softmax(x, dim=n - 3)"
    assert [argument.partition(" ")[0] for argument in arguments] == ["x:", "n"]
    assert "n = 4" in arguments


@pytest.mark.parametrize(
    ("test", "compared"),
    [
        ("inside_a_check", ""),
        ("an_argument_that_the_call_makes_anew", ""),
        ("an_argument_after_the_call", "x, after the call"),
        ("a_gradient", "the gradient of layer.get_parameter('weight')"),
        ("a_sum", "out.sum()"),
        ("a_mode", "layer.training"),
    ],
)
def test_what_is_compared_is_named_where_it_is_not_the_value_of_the_call(
    called: Callable, test: str, compared: str
) -> None:
    assert called(test).compared == compared


def test_an_argument_that_was_written_to_is_not_shown_as_handed_in(called: Callable) -> None:
    assert called("an_argument_after_the_call").arguments == []


def test_a_state_dict_that_does_not_fit_is_told_by_names_and_shapes() -> None:
    with pytest.raises(RuntimeError) as caught:
        nn.Linear(2, 1).load_state_dict({"weight": torch.zeros(3, 2), "scale": torch.zeros(1)})
    told = explain(caught.value, __file__, "Linear")
    assert told.problem == "The parameters of Linear are not those of its docstring."
    assert (told.expected, told.got) == ("scale, weight (3, 2)", "bias, weight (1, 2)")
    assert "nn.Parameter" in told.cause


def test_many_numbers_of_an_argument_are_not_printed() -> None:
    assert check.describe(torch.zeros(3, 5)) == "float32 (3, 5)"
    assert check.describe(torch.tensor([True])) == "bool (1,) [True]"
    assert check.describe(torch.tensor(3)) == "int64 () 3"


# What the learners' tests say


STATISTIC = re.compile(r"\.(std|mean|max)\(\)\.item\(\)")


@pytest.mark.parametrize("file", sorted(ROOT.glob("tests/m*/test_*.py")), ids=lambda f: f.stem)
def test_a_statistic_is_told_with_what_it_is(file):
    calls = [n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.Call)]
    checks = [call for call in calls if ast.unparse(call.func) == "check.close"]
    silent = [
        f"line {call.lineno}"
        for call in checks
        if STATISTIC.search(ast.unparse(call.args[0]))
        and not any(keyword.arg == "hint" for keyword in call.keywords)
    ]
    assert silent == []


@pytest.mark.timeout(120)
def test_a_wrong_start_of_embedding_says_what_was_due_and_where_to_look(tmp_path):
    room = Room.furnished(tmp_path / "tree")
    room.edit("layers.py", "torch.randn(num_embeddings", "2 * torch.randn(num_embeddings")
    (said,) = room.run(tests="tests/m01_mlp/test_Embedding.py").messages("Embedding")
    assert "standard deviation" in said
    assert "`weight` starts as a draw from N(0, 1): look at __init__" in said
