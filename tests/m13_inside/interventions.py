"""What the tests of patches and ablations ask beside the oracle: runs with a part put in."""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from tests.m13_inside import oracle
from tests.m13_inside.oracle import LAYERS, Change, count_hooks, modes, other_run

# As small as they can be and differ: most tests run a model many times.
BATCH, HEADS, SEQ, D_HEAD = 4, 3, 5, 2
D_MODEL = HEADS * D_HEAD
ALL = slice(None)

run = partial(oracle.run, n_heads=HEADS)


def gpt(n_layers: int = LAYERS, n_heads: int = HEADS, **options: Any) -> tuple[nn.Module, dict]:
    return oracle.gpt(n_layers, n_heads, D_HEAD, **options)


def some_tokens(seed: int = 0, batch: int = BATCH, seq: int = SEQ) -> Tensor:
    return oracle.some_tokens(seed, batch, seq)


def put(name: str, layer: int, index: Any, value: Tensor) -> Change:
    """The change of a run that has this value at an index of what `name` is in one layer."""

    def change(found: str, at: int, whole: Tensor) -> Tensor:
        if (found, at) != (name, layer):
            return whole
        whole = whole.clone()
        whole[index] = value
        return whole

    return change


def stream_patched(
    state: dict[str, Tensor],
    corrupt: Tensor,
    clean: Tensor,
    layer: int,
    position: int,
) -> Tensor:
    """The logits on corrupt; the stream before the layer, at that position, is that on clean."""
    vectors = run(clean, state).stream[layer, :, position]
    change = put("stream", layer, (ALL, position), vectors)
    return run(corrupt, state, change=change).logits


def other_patched(
    state: dict[str, Tensor], corrupt: Tensor, clean: Tensor, layer: int, position: int
) -> Tensor:
    """The same of the oracle's other model."""
    vectors = other_run(clean, state)[0][layer, :, position]
    return other_run(corrupt, state, put("stream", layer, (ALL, position), vectors))[1][-1]


def head_patched(
    state: dict[str, Tensor],
    corrupt: Tensor,
    clean: Tensor,
    layer: int,
    head: int,
) -> Tensor:
    """The logits on corrupt; what one head writes is what it writes on clean."""
    written = run(clean, state).heads[layer, :, head]
    change = put("heads", layer, (ALL, head), written)
    return run(corrupt, state, change=change).logits


def head_ablated(
    state: dict[str, Tensor], tokens: Tensor, layer: int, head: int, mean: bool = False
) -> Tensor:
    """The logits where one head writes nothing, or everywhere its mean."""
    written = run(tokens, state).heads[layer, :, head]  # (batch, seq, d_model)
    rows = written.flatten(0, 1)
    instead = rows.sum(0) / len(rows) if mean else torch.zeros_like(rows[0])
    return run(tokens, state, change=put("heads", layer, (ALL, head), instead)).logits


def grid(
    patched: Callable[[int, int], float], corrupt: float, clean: float, shape: tuple
) -> Tensor:
    """(patched - corrupt) / (clean - corrupt) for each row and column, in float64."""
    rows, columns = shape
    share = [
        [(patched(i, j) - corrupt) / (clean - corrupt) for j in range(columns)] for i in range(rows)
    ]
    return torch.tensor(share, dtype=torch.float64)


def left_behind(model: nn.Module, call: Callable[..., Any], *args: Any) -> list[str]:
    """What is not as it was before the call, which may end in an ArithmeticError."""
    hooks, before = count_hooks(model), modes(model)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    with contextlib.suppress(ArithmeticError):
        call(*args)
    found = ["a hook"] if count_hooks(model) != hooks else []
    found += ["a mode"] if modes(model) != before else []
    state = model.state_dict()
    return found + [name for name, value in weights.items() if not torch.equal(state[name], value)]


def modes_of_runs(model: nn.Module, call: Callable[..., Any], *args: Any) -> set[bool]:
    """Whether any part is in training mode, over all runs of the model within the call."""
    seen = set()
    hook = model.blocks[0].register_forward_hook(lambda *_: seen.add(any(modes(model))))
    call(*args)
    hook.remove()
    return seen


def fail_in_run(model: nn.Module, number: int) -> None:
    """From now on the model's run of that number, counted from 1, ends in an ArithmeticError."""
    runs = []

    def hook(*_: Any) -> None:
        runs.append(1)
        if len(runs) == number:
            raise ArithmeticError("something is wrong")

    model.final_norm.register_forward_hook(hook)
