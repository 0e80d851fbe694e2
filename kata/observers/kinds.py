"""What sort of value came, and whether it is one that the test knows from elsewhere."""

import ast

import torch
from torch import Tensor

from kata.observers.base import (
    Claims,
    Wrong,
    as_tensor,
    claim,
    distinct,
    fits,
    inputs,
    is_bool,
    parsed,
    same_shape,
    surprise,
    tensors,
)

FACT = 9.0  # digits of what chance cannot bring about


def no_gradient(wrong: Wrong) -> Claims:
    if not (isinstance(wrong.expected, Tensor) and wrong.compared.endswith(".grad")):
        return None
    if wrong.got is not None:
        return []
    return [claim(f"There is no gradient: {wrong.compared} is None.", FACT, "no gradient")]


def inside_another_type(wrong: Wrong) -> Claims:
    """The right numbers, but in a list, a tuple, a Python number or a tensor."""
    right, got = wrong.expected, wrong.got
    if type(right) is type(got) or not isinstance(right, Tensor | float | int):
        return None
    if isinstance(got, list | tuple):
        places = [i for i, part in enumerate(got) if _same_value(part, wrong)]
        if len(places) == 1 and isinstance(right, Tensor):
            says = f"A {type(got).__name__} came, and only its entry [{places[0]}] is expected."
            return [claim(says, FACT)]
    if not _same_value(got, wrong):
        return []
    kinds = [_kind(value) for value in (got, right)]
    number = "number is" if _is_single(right) else "numbers are"
    says = f"The {number} right, but came as {kinds[0]}, where {kinds[1]} is expected."
    return [claim(says, FACT, f"{kinds}")]


def _same_value(value: object, wrong: Wrong) -> bool:
    mine, theirs = as_tensor(value), as_tensor(wrong.expected)
    if mine is None or theirs is None or isinstance(value, bool):
        return False
    return fits(mine.double(), theirs.double(), wrong)


def _kind(value: object) -> str:
    if isinstance(value, Tensor):
        return "a tensor"
    return "a list" if isinstance(value, list) else f"a Python {type(value).__name__}"


def _is_single(value: object) -> bool:
    return not isinstance(value, Tensor) or value.numel() == 1


def another_dtype(wrong: Wrong) -> Claims:
    right, got = wrong.expected, wrong.got
    if not (isinstance(right, Tensor) and isinstance(got, Tensor)) or right.dtype == got.dtype:
        return None
    if right.numel() == 0 or got.is_complex() or not fits(got.double(), right.double(), wrong):
        return []
    kinds = [str(value.dtype).removeprefix("torch.") for value in (got, right)]
    number = "number is" if _is_single(right) else "numbers are"
    says = f"The {number} right, but of dtype {kinds[0]}, where {kinds[1]} is expected."
    return [claim(says, FACT, f"{kinds}")]


def float32_inside(wrong: Wrong) -> Claims:
    """Numbers of type float64 that all fit into float32, as the right ones do not."""
    both = same_shape(wrong)
    if both is None or not isinstance(wrong.got, Tensor) or wrong.got.dtype != torch.float64:
        return None
    right, got = both
    odd = (right.float().double() != right) & got.isfinite()
    if not odd.any():
        return None
    if not (got.float().double() == got).all():
        return []
    if not ((got - right).abs() <= 1e-6 * right.abs().max()).all():
        return []
    says = "The numbers are right to about seven digits and no further, as in float32."
    return [claim(says, 2.0 * distinct(got[odd]))]


def changed_argument(wrong: Wrong) -> Claims:
    """What is compared is itself an argument of the call."""
    if not (isinstance(wrong.expected, Tensor) and isinstance(wrong.got, Tensor)):
        return None
    node = parsed(wrong.compared)
    while isinstance(node, ast.Subscript):
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    if node.id not in inputs(wrong):
        return []
    says = f"{wrong.compared} was given to the call, and after it is not as it should be."
    return [claim(says, FACT, "argument changed")]


def handed_back(wrong: Wrong) -> Claims:
    """The numbers are those of an argument."""
    got = wrong.got
    if not (isinstance(wrong.expected, Tensor) and isinstance(got, Tensor)) or _is_plain(got):
        return None
    given = {name: wrong.around[name] for name in inputs(wrong) if name in wrong.around}
    return [
        claim(
            f"These are exactly the numbers of {name}.",
            2 * surprise(got.double(), wrong),
            "argument",
        )
        for name, value in tensors(given)
        if name != wrong.compared and value.dtype == got.dtype and _fits(got, value, wrong)
    ]


def _is_plain(value: Tensor) -> bool:
    """Whether it could be equal to another by accident."""
    return value.is_complex() or distinct(value.double()) < 2


def of_another_place(wrong: Wrong) -> Claims:
    """The test keeps right values together, and these are right at another place."""
    right, got = wrong.expected, wrong.got
    if not (isinstance(right, Tensor) and isinstance(got, Tensor)) or _is_plain(got):
        return None
    claims, decided = [], False
    for name, values in wrong.around.items():
        peers = list(tensors({name: values})) if isinstance(values, list | tuple | dict) else []
        due = [place for place, value in peers if _fits(right, value, wrong)]
        if not due:
            continue
        decided = True
        claims += [
            claim(
                f"These are the numbers of {place}; those of {due[0]} are expected.",
                digits,
                "another",
            )
            for place, value in peers
            if _fits(got, value, wrong)
            for digits in [distinct(got.double())]
        ]
    return claims if decided else None


def of_an_earlier_check(wrong: Wrong) -> Claims:
    """The numbers are those that an earlier check of the test had expected."""
    got = as_tensor(wrong.got)
    earlier = [value for one in wrong.before if (value := as_tensor(one)) is not None]
    if got is None or not got.is_floating_point() or (got == got.round()).all() or not earlier:
        return None  # whole numbers are soon the same
    if not any(_fits(got, value, wrong) for value in earlier):
        return []
    says = "These are the numbers that were right at an earlier check of this test."
    return [claim(says, 2 * distinct(got.double()), "earlier")]


def inverse(wrong: Wrong) -> Claims:
    both = same_shape(wrong)
    if both is None or not is_bool(wrong) or both[0].unique().numel() < 2:
        return None
    if not (both[0] != both[1]).all():
        return []
    return [claim("Every True should be False, and every False True.", 0.3 * both[0].numel())]


def _fits(value: Tensor, target: Tensor, wrong: Wrong) -> bool:
    return value.shape == target.shape and fits(value.double(), target.double(), wrong)


KINDS = (
    no_gradient,
    inside_another_type,
    another_dtype,
    changed_argument,
    inverse,
    float32_inside,
    of_another_place,
    of_an_earlier_check,
    handed_back,
)
