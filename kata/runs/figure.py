"""Draws figures as SVG: curves, bars, heat maps, and what lessons need."""

import io
import math
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from kata.files import write_atomically

if TYPE_CHECKING:  # matplotlib takes a second to import: only where something is drawn
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curve = tuple[Sequence[float], Sequence[float]]  # steps, losses


def averaged(losses: Sequence[float], points: int = 100) -> Curve:
    """A curve of about so many points, each the mean of the losses since the one before."""
    width = max(1, len(losses) // points)
    steps = range(width, len(losses) + 1, width)
    return steps, [fmean(losses[step - width : step]) for step in steps]


@contextmanager
def drawing(path: Path, width: float = 8, height: float = 4.5) -> "Generator[Figure]":
    """Yields a figure of that size in inches, and writes it: one drawing, one sequence of bytes."""
    os.environ.pop("MPLBACKEND", None)  # a notebook's, which .venv does not have: nothing is shown
    import matplotlib
    from matplotlib.figure import Figure

    image = io.StringIO()
    style: dict[Any, Any] = {
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "transformer-kata",  # else the ids inside are drawn by lot
        "text.parse_math": False,  # a $ in a file's name is a $
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
            if axis.get_scale() == "log":  # its own labels are in LaTeX
                axis.set_major_formatter("{x:g}")
                axis.set_minor_formatter("")
        figure.savefig(image, format="svg", metadata={"Date": None})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, image.getvalue())


def loss_curve(
    path: Path, curves: Mapping[str, Curve], levels: Mapping[str, float], title: str
) -> None:
    """Write an SVG of losses over training steps.

    curves: by name. levels: losses to compare with, by name, drawn as dashed lines.
    """
    with drawing(path) as figure:
        axes = figure.add_subplot(title=title, xlabel="step", ylabel="loss, nats")
        for name, (steps, losses) in curves.items():
            axes.plot(steps, losses, label=name)
        _draw_levels(axes, levels)
        axes.legend()


def bars(
    path: Path, shares: Mapping[str, Sequence[float]], limits: Mapping[str, float], title: str
) -> None:
    """Write an SVG of horizontal bars, the first on top: the mean of its shares, each as a dot.

    limits: shares to compare with, by name, drawn as dashed lines.
    """
    with drawing(path, height=1.2 + 0.5 * len(shares)) as figure:
        axes = figure.add_subplot(title=title)
        names = list(shares)
        means = [fmean(each) for each in shares.values()]
        axes.barh(names, means, height=0.6, color="tab:blue", alpha=0.6)
        for row, each in enumerate(shares.values()):
            axes.plot(each, [row] * len(each), ".", color="black")
            axes.text(1.01, row, f"{means[row]:.1%}", va="center")
        for name, limit in limits.items():
            axes.axvline(limit, color="gray", linestyle="--", linewidth=1)
            axes.text(limit, -0.6, f"{name} {limit:.0%}", ha="right", va="bottom")
        axes.set(xlim=(0, 1), ylim=(len(shares) - 0.5, -0.9 if limits else -0.5))
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")


def heat_maps(
    path: Path, words: Sequence[str], weights: Sequence[Sequence[Sequence[float]]], title: str
) -> None:
    """Write an SVG of squares, one a head, two beside each other: words look at words.

    weights: for each head a row for each query, from 0 to 1 for each key.
    """
    side = 1.4 + 0.22 * len(words)
    rows = math.ceil(len(weights) / 2)
    with drawing(path, width=2 * side, height=rows * side + 0.4) as figure:
        figure.suptitle(title)
        places = [place + 0.5 for place in range(len(words))]
        for number, head in enumerate(weights, start=1):
            axes = figure.add_subplot(rows, 2, number, aspect="equal", xlabel=f"head {number}")
            axes.pcolormesh(head, cmap="Blues", vmin=0, vmax=1, edgecolors="#dddddd", linewidth=0.5)
            axes.invert_yaxis()
            axes.set_xticks(places, words, rotation=90)
            axes.set_yticks(places, words)
            axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)


def _draw_levels(axes: "Axes", levels: Mapping[str, float]) -> None:
    """A dashed line for each level, its name and number at the right end."""
    for level in levels.values():
        axes.axhline(level, color="gray", linestyle="--", linewidth=1)
    bottom, top = axes.get_ylim()
    right = axes.get_yaxis_transform()  # x in widths of the plot, y in nats
    floor = -math.inf  # levels that almost meet get their names one above the other
    for name, level in sorted(levels.items(), key=itemgetter(1)):
        height = max(level, floor)
        axes.text(1.01, height, f"{name} {level:.2f}", va="center", transform=right)
        floor = height + (top - bottom) / 20
