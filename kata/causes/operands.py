"""The shapes in a learner's line that failed, in the axis names of the function's signature."""

import ast
from collections.abc import Iterator
from itertools import zip_longest

from torch import Tensor

from kata.causes.axes import bracketed, named_axes
from kata.causes.place import Place
from kata.causes.shadow import Unknown, worth

LONGEST = 40  # characters of an operand's code
PRODUCTS = ("matmul", "mm", "bmm", "mv", "dot")
MODULES = ("torch", "math", "F", "nn.functional", "functional")
CONTAINERS = (ast.List, ast.Tuple)


def facts(place: Place) -> dict[str, str]:
    """What is known about the code that failed, for the sentences of an entry.

    Always `line`. Of an operation `left` and `right`; of a call `function`, `receiver` and each
    `argument`; `of`, what stands before a dot or a bracket. Where the shapes are known: `tensor`,
    or of two `shapes` and `dtypes`, and why they do not broadcast or multiply.
    """
    found = {"line": place.line(), "code": place.quoted(place.node)}
    found |= {name: _quoted(place, node) for name, node in _parts(place.node).items()}
    found |= _question(place)
    try:
        seen = _seen(place)
    except Unknown:
        seen = []
    if seen:
        found["tensor"] = described(place, *seen[0])
        found["axes"] = _count(seen[0][1].ndim)
    if len(seen) == 2:
        found |= _pair(place, seen)
    return {name: text for name, text in found.items() if text}


def described(place: Place, node: ast.AST, value: Tensor) -> str:
    """`q` is (2, query 4, d_head 3)."""
    axes = named_axes(place, node, value)
    return f"{_quoted(place, node) or 'one tensor'} is {bracketed(axes)}"


def _quoted(place: Place, node: ast.AST) -> str:
    return place.quoted(node, LONGEST)


def _count(axes: int) -> str:
    return f"{axes or 'no'} {'axis' if axes == 1 else 'axes'}"


def _parts(node: ast.AST) -> dict[str, ast.AST]:
    match node:
        case ast.BinOp():
            return {"left": node.left, "right": node.right}
        case ast.AugAssign():
            return {"left": node.target, "right": node.value}
        case ast.Compare(comparators=[right]):
            return {"left": node.left, "right": right}
        case ast.UnaryOp():
            return {"right": node.operand}
        case ast.Attribute() | ast.Subscript():
            return {"of": node.value}
        case ast.Call():
            found: dict[str, ast.AST] = {"function": node.func}
            found |= {f"argument {i}": part for i, part in enumerate(node.args, 1)}
            found |= {f"argument {part.arg}": part.value for part in node.keywords}
            if node.args:
                found["argument"] = node.args[0]
            if isinstance(node.func, ast.Attribute):
                found["receiver"] = node.func.value  # of a function of torch: the first argument
                if ast.unparse(node.func.value) in MODULES and node.args:
                    found["receiver"] = node.args[0]
            return found
    return {}


def _question(place: Place) -> dict[str, str]:
    """The word that asks one yes or no of the code that failed: `and`, `if`."""
    if isinstance(place.node, ast.Compare) and len(place.node.ops) > 1:
        return {"joined": "a < b < c"}
    for node in ast.walk(place.statement):
        match node:
            case ast.BoolOp() if place.node in (node, *node.values):
                return {"joined": "and" if isinstance(node.op, ast.And) else "or"}
            case ast.UnaryOp(op=ast.Not()) if place.node in (node, node.operand):
                return {"joined": "not"}
            case ast.If() | ast.IfExp() | ast.While() | ast.Assert() if node.test is place.node:
                return {"tested": type(node).__name__.lower().removesuffix("exp")}
    return {}


def _seen(place: Place) -> list[tuple[ast.AST, Tensor]]:
    """The tensors that the operation was about. Raises Unknown where one may be missing."""
    known = [(node, worth(node, place.frame)) for node in _tensors(place)]
    return [(node, value) for node, value in known if isinstance(value, Tensor)]


def _tensors(place: Place) -> Iterator[ast.AST]:
    """What may be the tensors that the failed operation was about, in their order."""
    node, statement = place.node, place.statement
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        yield node
        if isinstance(statement, ast.Assign):
            yield statement.value
        return
    if isinstance(node, ast.Tuple) and isinstance(statement, ast.Assign):
        value = statement.value  # that was to be unpacked
        yield value.value if isinstance(value, ast.Attribute) and value.attr == "shape" else value
        return
    if isinstance(node, ast.Attribute | ast.Subscript):
        value = node.value
        yield value.value if isinstance(value, ast.Attribute) and value.attr == "shape" else value
        return
    for name, part in _parts(node).items():
        if name == "receiver" and isinstance(node, ast.Call):
            continue
        if name == "function":
            if isinstance(part, ast.Attribute):
                yield part.value
        elif name != "argument":
            yield from part.elts if isinstance(part, CONTAINERS) else (part,)


def _pair(place: Place, seen: list[tuple[ast.AST, Tensor]]) -> dict[str, str]:
    """What there is to say about two shapes."""
    (one, left), (other, right) = seen
    twice = described(place, one, left)
    found = {"shapes": f"{twice} and {described(place, other, right)}"}
    if place.code(one) == place.code(other):
        found["shapes"] = f"{twice} on both sides"
    left_axes, right_axes = named_axes(place, one, left), named_axes(place, other, right)
    kinds = [str(value.dtype).removeprefix("torch.") for value in (left, right)]
    if kinds[0] != kinds[1]:
        names = [_quoted(place, node) or "one tensor" for node in (one, other)]
        found["dtypes"] = f"{names[0]} is {kinds[0]} and {names[1]} is {kinds[1]}"
    if _is_product(place.node):
        return found | _product(_quoted(place, other), left, right, left_axes, right_axes)
    found |= (clash := _clash(left_axes, right_axes))
    if clash and left.ndim > right.ndim:
        found |= _gone(left_axes, right_axes) | {"short": _quoted(place, other)}
    elif clash:
        found |= _gone(right_axes, left_axes) | {"short": _quoted(place, one)}
    return found


def _gone(long: list[str], short: list[str]) -> dict[str, str]:
    """The one axis without which the long shape is the short one."""
    sizes, wanted = ([axis.split()[-1] for axis in axes] for axes in (long, short))
    fits = [i for i in range(len(sizes)) if sizes[:i] + sizes[i + 1 :] == wanted]
    if len(fits) != 1:
        return {}
    return {"gone": str(fits[0] - len(long)), "gone_axis": long[fits[0]]}


def _clash(left: list[str], right: list[str]) -> dict[str, str]:
    """The last axis at which two shapes do not broadcast."""
    pairs = zip_longest(reversed(left), reversed(right), fillvalue="1")
    for i, (one, other) in enumerate(pairs, 1):
        sizes = {one.split()[-1], other.split()[-1]} - {"1"}
        if len(sizes) == 2:
            return {"axis": str(-i), "one": one, "other": other}
    return {}


def _is_product(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(op=ast.MatMult()):
            return True
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in PRODUCTS
    return False


def _product(
    name: str, left: Tensor, right: Tensor, left_axes: list[str], right_axes: list[str]
) -> dict[str, str]:
    """Why two shapes do not multiply: the axes summed over, or else the ones before."""
    if not left.ndim or not right.ndim:
        return {}
    second = max(right.ndim - 2, 0)
    clash = _clash(left_axes[:-2], right_axes[:-2])
    found = {f"leading_{key}": text for key, text in clash.items()}
    if left.shape[-1] == right.shape[second]:
        return found
    found |= {"inner": left_axes[-1], "inner_other": right_axes[second]}
    found["inner_place"] = "the last but one" if right.ndim > 1 else "the only one"
    turns = right.ndim > 1 and left.shape[-1] == right.shape[-1]
    if turns and not name.endswith((".T`", ".mT`")):
        found["turned"] = f"{name[:-1]}.mT`" if name[1:-1].replace(".", "").isidentifier() else ""
    return found
