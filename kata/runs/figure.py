"""Draws figures as SVG: curves, bars, heat maps, and what lessons need."""

import io
import math
import os
import textwrap
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from kata.files import write_atomically
from kata.runs import theme

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
    style: dict[Any, Any] = theme.settings() | {
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
    write_atomically(path, theme.for_both(image.getvalue()))


def loss_curve(
    path: Path, curves: Mapping[str, Curve], levels: Mapping[str, float], title: str
) -> None:
    """Write an SVG of losses over training steps; names stand at the right, with the last loss.

    curves: by name. levels: losses to compare with, by name, drawn as dashed lines.
    """
    with drawing(path) as figure:
        add_title(figure, title)
        axes = figure.add_subplot(xlabel="step", ylabel="loss, nats")
        ends = [(level, f"{name} {level:.2f}", theme.TEXT) for name, level in levels.items()]
        for level in levels.values():
            axes.axhline(level, color=theme.MUTED, linestyle="--", linewidth=1)
        looks = cycle([(theme.BLUE, ""), (theme.ORANGE, "o")])
        for (name, (steps, losses)), (color, mark) in zip(curves.items(), looks, strict=False):
            axes.plot(steps, losses, color=color, marker=mark)
            for end in [loss for loss in losses if math.isfinite(loss)][-1:]:
                ends.append((end, f"{name} {losses[-1]:.2f}", color))
        _name_at_the_right(axes, ends)


def bars(
    path: Path, shares: Mapping[str, Sequence[float]], limits: Mapping[str, float], title: str
) -> None:
    """Write an SVG of horizontal bars, the first on top: the mean of its shares, each as a dot.

    limits: shares to compare with, by name, drawn as dashed lines.
    """
    with drawing(path, height=1.4 + 0.55 * len(shares)) as figure:
        add_title(figure, title)
        axes = figure.add_subplot()
        names = list(shares)
        means = [fmean(each) for each in shares.values()]
        axes.barh(names, means, height=0.6, color=theme.BLUE_FILL)
        for row, each in enumerate(shares.values()):
            axes.plot(each, [row] * len(each), ".", color=theme.TEXT)
            axes.text(1.01, row, f"{means[row]:.1%}", va="center")
        for name, limit in limits.items():
            axes.axvline(limit, color=theme.TEXT, linestyle="--")
            name_above(axes, limit, f"{name} {limit:.0%}")
        axes.set(xlim=(0, 1), ylim=(len(shares) - 0.5, -0.5))
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")


def heat_maps(
    path: Path, words: Sequence[str], weights: Sequence[Sequence[Sequence[float]]], title: str
) -> None:
    """Write an SVG of squares, one a head, two beside each other if they fit: words look at words.

    weights: for each head a row for each query, from 0 to 1 for each key.
    """
    side = 1.5 + 0.21 * len(words)
    columns = 2 if 2 * side <= theme.WIDEST else 1
    rows = math.ceil(len(weights) / columns)
    with drawing(path, width=columns * side, height=rows * side + 0.6) as figure:
        add_title(figure, title)
        places = [place + 0.5 for place in range(len(words))]
        for number, head in enumerate(weights, start=1):
            axes = figure.add_subplot(rows, columns, number, aspect="equal")
            axes.set_xlabel(f"head {number}")
            heat(axes, head, theme.BLUE, edges=theme.MUTED)
            axes.set_xticks(places, words, rotation=90)
            axes.set_yticks(places, words)
            axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)


def heat_grids(
    path: Path,
    grids: Mapping[str, Sequence[Sequence[float]]],
    rows: Sequence[str],
    columns: Sequence[str],
    numbers: bool = True,
) -> None:
    """Write an SVG of grids, one below the other, by title, each as heat_grid draws it."""
    height = 1.2 + 0.28 * len(rows) + 0.07 * max(map(len, columns))
    with drawing(path, theme.WIDEST, height * len(grids)) as figure:
        for number, (title, grid) in enumerate(grids.items(), start=1):
            axes = figure.add_subplot(len(grids), 1, number, title=title)
            heat_grid(axes, grid, rows, columns, numbers)


def heat_grid(
    axes: "Axes",
    grid: Sequence[Sequence[float]],
    rows: Sequence[str],
    columns: Sequence[str],
    numbers: bool = True,
) -> None:
    """A cell for each share from 0 to 1, with the names of its row and its column.

    numbers: shares of a twentieth or more stand in their cells, in per cent.
    """
    heat(axes, grid, theme.BLUE_FILL, edges=theme.MUTED)
    axes.set_xticks([place + 0.5 for place in range(len(columns))], columns, rotation=90)
    axes.set_yticks([row + 0.5 for row in range(len(rows))], rows)
    axes.tick_params(length=0)
    for row, shares in enumerate(grid if numbers else ()):
        for column, share in enumerate(shares):
            if abs(share) >= 0.05:
                text = f"{100 * share:.0f}"
                axes.text(column + 0.5, row + 0.5, text, ha="center", va="center")


def heat(
    axes: "Axes", weights: Sequence[Sequence[float]], color: str, edges: str = theme.GROUND
) -> None:
    """A cell for each weight, the first row on top: from the ground at 0 to the colour at 1."""
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("", [(color, 0), (color, 1)])  # ever less clear
    axes.pcolormesh(weights, cmap=shades, vmin=0, vmax=1, edgecolors=edges, linewidth=0.5)
    axes.invert_yaxis()


def add_title(figure: "Figure", title: str) -> None:
    """Over all of the figure, in as many lines as it needs."""
    figure.suptitle("\n".join(textwrap.wrap(title, int(9.5 * figure.get_figwidth()))))


def add_legend(figure: "Figure", columns: int = 2) -> None:
    """Below the plots, where no line is."""
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=columns)


def name_above(axes: "Axes", x: float, name: str) -> None:
    """A name at the upper end of an upright line."""
    above = axes.get_xaxis_transform()  # y in heights of the plot
    axes.text(x, 1.02, name, ha="center", va="bottom", transform=above)


def _name_at_the_right(axes: "Axes", ends: list[tuple[float, str, str]]) -> None:
    """Heights, names and colours of lines; names that would meet stand one above the other."""
    bottom, top = axes.get_ylim()
    right = axes.get_yaxis_transform()  # x in widths of the plot, y in nats
    floor = -math.inf
    for end, name, color in sorted(ends):
        height = max(end, floor)
        axes.text(1.02, height, name, va="center", transform=right, color=color)
        floor = height + (top - bottom) / 15
