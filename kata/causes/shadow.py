"""What an expression is worth, found without running any code of the learner's.

It reads names and attributes, and computes only on tensors that have a shape and no numbers.
"""

import ast
import math
import operator
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

VIEWS = "transpose swapaxes unsqueeze squeeze permute view reshape flatten expand movedim unflatten"
REDUCTIONS = "sum mean amax amin var std norm argmax argmin prod any all"
ELEMENTWISE = (
    "exp log sqrt rsqrt pow square abs tanh sigmoid clamp float double long int bool contiguous "
    "detach clone cumsum masked_fill softmax tril triu"
)
COUNTS = "size dim numel matmul"
NEW = ("ones", "zeros", "empty", "rand", "randn", "full", "arange", "eye")
PURE = frozenset(f"{VIEWS} {REDUCTIONS} {ELEMENTWISE} {COUNTS}".split())
OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul},
    **{ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod},
    **{ast.MatMult: operator.matmul, ast.Pow: operator.pow, ast.USub: operator.neg},
    **{ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge},
    **{ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Invert: operator.invert},
    **{ast.BitAnd: operator.and_, ast.BitOr: operator.or_},
}
OF_TENSORS = ("T", "mT", "shape", "ndim", "dtype")
REGISTERS = ("_parameters", "_buffers", "_modules")  # of nn.Module


class Unknown(Exception):
    """The expression could not be worked out."""


def worth(node: ast.AST, frame: FrameType) -> Any:
    """The object that a name or an attribute stands for; a shadow where there was to compute.

    Raises Unknown for all else.
    """
    try:
        with torch.no_grad():
            return _worth(node, frame)
    except Exception as error:  # whatever PyTorch finds wrong with it
        raise Unknown from error


def shadow(value: Any) -> Any:
    """Tensors of the same shape and dtype, without numbers; anything else as it is."""
    if isinstance(value, Tensor):
        return torch.empty(value.shape, dtype=value.dtype, device="meta")
    if type(value) in (tuple, list):
        return type(value)(map(shadow, value))
    return value


def _worth(node: ast.AST | None, frame: FrameType) -> Any:
    match node:
        case None:
            return None
        case ast.Constant():
            return node.value
        case ast.Name():
            known = frame.f_locals if node.id in frame.f_locals else frame.f_globals
            return known[node.id]
        case ast.Attribute():
            return attribute(_worth(node.value, frame), node.attr)
        case ast.Tuple():
            return tuple(_worth(part, frame) for part in node.elts)
        case ast.List():
            return [_worth(part, frame) for part in node.elts]
        case ast.Slice():
            return slice(*(_worth(n, frame) for n in (node.lower, node.upper, node.step)))
        case ast.Subscript():
            return _part(_worth(node.value, frame), _worth(node.slice, frame))
        case ast.BinOp():
            return _computed(node.op, _worth(node.left, frame), _worth(node.right, frame))
        case ast.Compare(ops=[op], comparators=[right]):
            return _computed(op, _worth(node.left, frame), _worth(right, frame))
        case ast.UnaryOp():
            return _computed(node.op, _worth(node.operand, frame))
        case ast.Call(func=ast.Attribute()):
            return _called(node, frame)
    raise Unknown


def attribute(owner: Any, name: str) -> Any:
    """Read where it is stored, so that no property runs."""
    if isinstance(owner, Tensor):
        if name not in OF_TENSORS:
            raise Unknown
        return getattr(shadow(owner), name)
    if type(owner).__module__ == "torch.return_types":
        return getattr(owner, name)
    stored = object.__getattribute__(owner, "__dict__")
    if isinstance(owner, nn.Module):
        stored = stored | {k: v for r in REGISTERS for k, v in stored.get(r, {}).items()}
    return stored[name]


def _part(whole: Any, index: Any) -> Any:
    if isinstance(whole, Tensor):
        return shadow(whole)[shadow(index)]
    if isinstance(whole, dict):
        return dict.__getitem__(whole, index)
    if isinstance(whole, tuple) or type(whole) is list:
        return whole[index]
    raise Unknown


def _computed(op: ast.AST, *values: Any) -> Any:
    if not all(isinstance(value, Tensor | int | float) for value in values):
        raise Unknown
    if isinstance(op, ast.Pow) and not any(isinstance(value, Tensor) for value in values):
        raise Unknown  # it may take for ever
    return OPERATORS[type(op)](*map(shadow, values))


def _called(node: ast.Call, frame: FrameType) -> Any:
    assert isinstance(node.func, ast.Attribute)
    owner = _worth(node.func.value, frame)
    values = [shadow(_worth(part, frame)) for part in node.args]
    named = {part.arg: shadow(_worth(part.value, frame)) for part in node.keywords if part.arg}
    if owner is math and all(isinstance(value, int | float) for value in values):
        return getattr(math, node.func.attr)(*values)
    if isinstance(owner, ModuleType) and owner.__name__ == "torch":
        if node.func.attr in NEW:
            return getattr(torch, node.func.attr)(*values, **named | {"device": "meta"})
    else:
        values.insert(0, shadow(owner))
    if node.func.attr not in PURE or not isinstance(values[0], Tensor):
        raise Unknown
    return getattr(Tensor, node.func.attr)(*values, **named)
