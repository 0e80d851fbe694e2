"""Names: the one that is nearly right, the attributes there are, the parameters of a function."""

import builtins
import difflib
import inspect
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import torch
from torch import Tensor, nn

from kata.causes.place import Place, steps
from kata.causes.shadow import REGISTERS, Unknown, worth
from kata.course.curriculum import milestones

MOST = 6  # names in a sentence
BINDER = Path("jaxtyping/_decorator.py")  # it binds the arguments of milestone code
OWN_FIRST = ("self", "cls")


def facts(error: BaseException, place: Place | None) -> dict[str, str]:
    """What there is to say about the name, the attribute or the call that went wrong."""
    if isinstance(error, NameError) and place:
        return _of_variable(_named(error), place.frame)
    if isinstance(error, AttributeError):
        return _of_attribute(error, _named(error))
    if isinstance(error, TypeError):
        return _of_call(error) | _of_operands(place)
    return _of_positions(place.frame) if isinstance(error, LookupError) and place else {}


def _of_positions(frame: FrameType) -> dict[str, str]:
    """How many positions a table was asked for, where they are more than its rows."""
    weight = getattr(frame.f_locals.get("self"), "weight", None)
    for name in frame.f_code.co_varnames[: frame.f_code.co_argcount]:
        ids = frame.f_locals.get(name)
        if not (isinstance(ids, Tensor) and isinstance(weight, Tensor)) or weight.ndim != 2:
            continue
        seq, rows = ids.size(-1) if ids.ndim else 0, len(weight)
        if seq > rows and bool((ids.cpu() == torch.arange(seq)).all()):
            return {"seq": str(seq), "last": str(seq - 1), "rows": str(rows)}
    return {}


def _named(error: BaseException) -> str:
    """The last name that the message has in quotes."""
    return (re.findall(r"'([A-Za-z_]\w*)'", str(error)) or [""])[-1]


def _of_variable(name: str, frame: FrameType) -> dict[str, str]:
    found = {}
    if name in frame.f_globals or hasattr(builtins, name):
        found["hidden"] = f"`{name}`"
    if name in _attributes(frame.f_locals.get("self")):
        found["own"] = f"self.{name}"
    names = {*frame.f_locals, *frame.f_globals, *vars(builtins)}
    return found | _near(name, names)


def _of_attribute(error: AttributeError, name: str) -> dict[str, str]:
    owner = error.obj
    *_, last = steps(error.__traceback__)
    if owner is None and last.tb_frame.f_code.co_name == "__getattr__":
        owner = last.tb_frame.f_locals.get("self")  # nn.Module raises it itself
    if owner is None:
        return {}
    if not isinstance(owner, nn.Module):
        return _near(name, dir(type(owner)) if not inspect.ismodule(owner) else dir(owner))
    there = _attributes(owner)
    found = {"owner": f"`{type(owner).__name__}`", "there": _some(there) or "nothing yet"}
    return found | _near(name, {*there, *(n for n in dir(type(owner)) if n[0] != "_")})


def _of_call(error: TypeError) -> dict[str, str]:
    """How the function is defined that was given the wrong arguments."""
    function = _called(error)
    if function is None:
        return {}
    names = [str(p).partition(":")[0].partition("=")[0] for p in _parameters(function)]
    name = function.__qualname__.rpartition("<locals>.")[2]
    found = {"callee": f"`{name}`", "signature": f"({', '.join(names)})"}
    owner, _, method = name.rpartition(".")
    if method == "__init__":
        found["class"] = owner
    kept = vars(function.__globals__.get(owner, object)).get(method)  # with its decorator
    if inspect.isfunction(kept) and not (names and names[0] in OWN_FIRST):
        found["first"] = f"lands in `{names[0]}`" if names else "has no place"
    return found


def _of_operands(place: Place | None) -> dict[str, str]:
    """The operand that is a layer."""
    for part in (getattr(place and place.node, name, None) for name in ("left", "right")):
        try:
            if place and part and isinstance(worth(part, place.frame), nn.Module):
                return {"layer": place.quoted(part)}
        except Unknown:
            continue
    return {}


def _called(error: TypeError) -> FunctionType | None:
    way = [step.tb_frame for step in steps(error.__traceback__)]
    if way[-1].f_code.co_filename == inspect.__file__:
        for frame in reversed(way):
            if Path(frame.f_code.co_filename).parts[-2:] == BINDER.parts:
                return _plain(frame.f_locals["fn"])
    if found := re.match(r"([A-Za-z_][\w.]*)\(\) (?:takes|missing|got)", str(error)):
        for frame in reversed(way):
            if function := _plain(_resolved(found[1], frame)):
                return function
    return None


def _plain(value: Any) -> FunctionType | None:
    """The function that was written, without what has been wrapped around it."""
    value = inspect.unwrap(value) if callable(value) else value
    return value if isinstance(value, FunctionType) else None


def _resolved(path: str, frame: FrameType) -> Any:
    """What the qualified name stands for in that frame; None where nothing."""
    first, *rest = path.rpartition("<locals>.")[2].split(".")
    value = frame.f_locals.get(first, frame.f_globals.get(first))
    for name in rest:
        value = inspect.getattr_static(value, name, None)
    return value


def _parameters(function: FunctionType) -> Iterable[inspect.Parameter]:
    return inspect.signature(function).parameters.values()


def _attributes(owner: Any) -> list[str]:
    """What was set on the object: of a layer its parameters, buffers, layers, and the rest."""
    try:
        stored = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return []
    registered = [
        name for r in REGISTERS for name in stored.get(r, ()) if isinstance(owner, nn.Module)
    ]
    return registered + [name for name in stored if name[0] != "_" and name != "training"]


def _near(name: str, names: Iterable[str]) -> dict[str, str]:
    fit = [n for n in names if n != name and n.startswith("_") == name.startswith("_")]
    near = difflib.get_close_matches(name, fit, 1, 0.75)
    return {"near": near[0]} if near and near[0] not in _forbidden() else {}


@cache
def _forbidden() -> frozenset[str]:
    """What an exercise is there to build: no hint to PyTorch's."""
    return frozenset(path.rpartition(".")[2] for m in milestones() for path in m.forbidden)


def _some(names: list[str]) -> str:
    more = len(names) - MOST
    return ", ".join(names[:MOST]) + (f" and {more} more" if more > 0 else "")
