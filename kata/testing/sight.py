"""Who sees whom: which outputs change when one position of the input does."""

import os
from collections.abc import Callable

import torch
from torch import Tensor

SEES, NOT, TOO_MUCH, MISSING = "■·✗○"
KEY = f"{TOO_MUCH} depends on what it must not see, {MISSING} does not depend on what it should"
CHANGED = 1e-9  # above float64's rounding, below what a model of ordinary weights passes on

drawings: dict[str, str] = {}  # of each test that has looked, by its id: what it saw first


def past(batch: int, seq: int) -> Tensor:
    """The Bool grid of a causal model: each position sees itself and what stands before it."""
    return torch.block_diag(*[torch.ones(seq, seq).tril()] * batch).bool()


def dependencies(call: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The Bool grid "output input" of what each output position depends on, found by trying.

    x: token ids "batch seq", or float64 "batch seq d_model"; call(x) has three axes, too. Positions
    are counted through the batch: off the diagonal blocks, a row of the batch sees another.
    """
    before = call(x.clone()).detach().flatten(0, 1)
    columns = []
    for place in range(x.size(0) * x.size(1)):
        changed = x.clone()
        position = changed.flatten(0, 1)[place]  # a view
        position.copy_(position.flip(0) + 1 if x.ndim == 3 else (position + 1) % (x.max() + 1))
        difference = (call(changed).detach().flatten(0, 1) - before).abs()
        columns.append(~(difference.flatten(1).amax(1) <= CHANGED))  # NaN is a change, too
    return torch.stack(columns, dim=1)


def draw(expected: Tensor, seen: Tensor, seq: int) -> str:
    """Both grids side by side, a line for each output; what is wrong is marked in the second."""
    lines = []
    for row, (right, mine) in enumerate(zip(expected.tolist(), seen.tolist(), strict=True)):
        marks = {(True, True): SEES, (False, True): TOO_MUCH, (True, False): MISSING}
        wanted = [SEES if r else NOT for r in right]
        found = [marks.get((r, m), NOT) for r, m in zip(right, mine, strict=True)]
        if row and row % seq == 0:
            lines.append("")
        lines.append(f"{_spaced(wanted, seq)}      {_spaced(found, seq)}")
    title = f"{'expected':<{len(_spaced(wanted, seq))}}      got"
    key = [KEY] if (seen != expected).any() else []
    drawing = "\n".join(
        [title, *lines, "", "a line for each output, a column for each input", *key]
    )
    drawings.setdefault(os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0], drawing)
    return drawing


def _spaced(marks: list[str], seq: int) -> str:
    """A line of a grid, with a gap between the rows of the batch."""
    rows = [marks[start : start + seq] for start in range(0, len(marks), seq)]
    return "   ".join(" ".join(row) for row in rows)
