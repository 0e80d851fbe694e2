"""The axes of a tensor in a learner's function, in the names that its signature gives them."""

import ast

from torch import Tensor

from kata.causes.place import Place
from kata.causes.shadow import ELEMENTWISE, Unknown, worth


def bracketed(axes: list[str]) -> str:
    comma = "," if len(axes) == 1 and axes[0].isdigit() else ""
    return f"({', '.join(axes)}{comma})"


def named_axes(place: Place, node: ast.AST, value: Tensor) -> list[str]:
    """Each axis as its name and size; its size alone where the signature gives no name."""
    names = _names(place, node, value.ndim)
    return [f"{name} {size}".strip() for name, size in zip(names, value.shape, strict=True)]


def _names(place: Place, node: ast.AST, count: int) -> list[str]:
    """The names of a parameter's axes, followed through what keeps or swaps them; "" for none."""
    names = [""] * count
    match node:
        case ast.Name():
            parameters = _parameters(place)
            if node.id in parameters:
                return _spelled_out(parameters[node.id], count) or names
            made = _assigned(place, node.id)
            return _names(place, made, count) if made else names
        case ast.Attribute(attr="mT" | "T" as turn) if count == 2 or (turn == "mT" and count > 2):
            names = _names(place, node.value, count)
            names[-2:] = names[:-3:-1]
        case ast.Call(func=ast.Attribute(attr="transpose" | "swapaxes") as of, args=[i, j]):
            names = _names(place, of.value, count)
            first, second = _known(place, i), _known(place, j)
            if not (isinstance(first, int) and isinstance(second, int)):
                return [""] * count
            names[first], names[second] = names[second], names[first]
        case ast.Call(func=ast.Attribute(attr=name) as of) if name in ELEMENTWISE.split():
            return _names(place, of.value, count)
        case ast.UnaryOp():
            return _names(place, node.operand, count)
        case ast.BinOp(op=ast.MatMult()) if count > 1:
            left, right = _names(place, node.left, count), _names(place, node.right, count)
            dims = [_dims(place, part) for part in (node.left, node.right)]
            return [*left[:-1], right[-1]] if dims == [count, count] else names
        case ast.BinOp():
            parts = [part for part in (node.left, node.right) if _dims(place, part) == count]
            return _names(place, parts[0], count) if parts else names
    return names


def _known(place: Place, node: ast.AST) -> object:
    try:
        return worth(node, place.frame)
    except Unknown:
        return None


def _dims(place: Place, node: ast.AST) -> int | None:
    value = _known(place, node)
    return value.ndim if isinstance(value, Tensor) else None


def _parameters(place: Place) -> dict[str, ast.expr | None]:
    """Each parameter and what it promises; None where the function puts something else there."""
    if not place.function or place.function.name != place.frame.f_code.co_name:
        return {}
    arguments = place.function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    replaced = {node.id for node in _stores(place)}
    return {one.arg: None if one.arg in replaced else one.annotation for one in every}


def _assigned(place: Place, name: str) -> ast.expr | None:
    """What a local variable was made of, where the function assigns it once, and from above."""
    if not place.function or [node.id for node in _stores(place)].count(name) != 1:
        return None
    for node in ast.walk(place.function):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], lineno=line) if target == name:
                stored = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
                later = [n for n in _stores(place) if n.id in stored and n.lineno >= line]
                return None if later else node.value
    return None


def _stores(place: Place) -> list[ast.Name]:
    inside = ast.walk(place.function) if place.function else ()
    return [n for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def _spelled_out(annotation: ast.expr | None, count: int) -> list[str]:
    """Float[Tensor, "... query d_head"] for three axes: ["", "query", "d_head"]."""
    for node in ast.walk(annotation) if annotation else ():
        match node:
            case ast.Subscript(slice=ast.Tuple(elts=[_, ast.Constant(value=str(text))])):
                words = text.split()
                free = [i for i, word in enumerate(words) if word == "..." or word[0] == "*"]
                for i in free[:1]:
                    words[i : i + 1] = [""] * (count - len(words) + 1)
                names = [word.lstrip("#?").rpartition("=")[2] for word in words]
                fits = len(names) == count and len(free) < 2
                return [n if n.isidentifier() and n != "_" else "" for n in names] if fits else []
    return []
