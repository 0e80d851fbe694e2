"""Draws loss curves."""

import io
import math
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from kata.files import write_atomically

# Text stays text: small, searchable, the same bytes on every run.
SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "transformer-kata"}


def loss_curve(
    path: Path,
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    levels: Mapping[str, float],
    title: str,
) -> None:
    """Write an SVG of losses over training steps. The same arguments give the same bytes.

    curves: the steps and the losses of each curve, by name. levels: losses to compare with,
    by name, drawn as dashed lines.
    """
    import matplotlib  # here, because it takes a second
    from matplotlib.figure import Figure

    image = io.StringIO()
    with matplotlib.rc_context(SETTINGS):
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


def _draw_levels(axes, levels: Mapping[str, float]) -> None:
    """A dashed line for each level, its name and number to the right of it."""
    for level in levels.values():
        axes.axhline(level, color="gray", linestyle="--", linewidth=1)
    bottom, top = axes.get_ylim()
    floor = -math.inf  # levels that almost meet have their names one above the other
    for name, level in sorted(levels.items(), key=itemgetter(1)):
        height = max(level, floor)
        axes.text(1.01, height, f"{name} {level:.2f}", va="center", transform=axes.get_yaxis_transform())
        floor = height + (top - bottom) / 20
