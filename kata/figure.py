"""Draws loss curves."""

import io
import math
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from kata.files import write_atomically

if TYPE_CHECKING:  # matplotlib takes a second to import: only where something is drawn
    from matplotlib.axes import Axes

Curve = tuple[Sequence[float], Sequence[float]]  # steps, losses


def averaged(losses: Sequence[float], points: int = 100) -> Curve:
    """A curve of about so many points, each the mean of the losses since the one before."""
    width = max(1, len(losses) // points)
    steps = range(width, len(losses) + 1, width)
    return steps, [fmean(losses[step - width : step]) for step in steps]


def loss_curve(
    path: Path, curves: Mapping[str, Curve], levels: Mapping[str, float], title: str
) -> None:
    """Write an SVG of losses over training steps. The same arguments give the same bytes.

    curves: by name. levels: losses to compare with, by name, drawn as dashed lines.
    """
    import matplotlib
    from matplotlib.figure import Figure

    image = io.StringIO()
    with matplotlib.rc_context(
        {
            "svg.fonttype": "none",  # text stays text
            "svg.hashsalt": "transformer-kata",  # else the ids inside are drawn by lot
            "text.parse_math": False,  # a $ in a file's name is a $
        }
    ):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.add_subplot(title=title, xlabel="step", ylabel="loss, nats")
        for name, (steps, losses) in curves.items():
            axes.plot(steps, losses, label=name)
        _draw_levels(axes, levels)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        figure.savefig(image, format="svg", metadata={"Date": None})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, image.getvalue())


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
