"""What the runs of all milestones share: options, a progress bar, errors told in one line."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kata import plain
from kata.course.curriculum import milestones
from kata.course.todo import is_todo
from kata.errors import KataError
from kata.paths import relative


def parser(milestone: str, purpose: str, steps: int) -> argparse.ArgumentParser:
    """Knows the options that every run has: the number of steps and the seed."""
    parser = argparse.ArgumentParser(f"nox -s run -- {milestone}", description=purpose)
    parser.add_argument(
        "--steps",
        type=_positive,
        default=steps,
        help="how often the weights are changed (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="another number gives other first weights, batches and samples (default: %(default)s)",
    )
    return parser


def options(milestone: str, purpose: str, steps: int) -> argparse.Namespace:
    """The corpus, the number of steps and the seed that the learner asks for."""
    asked = parser(milestone, purpose, steps)
    add_corpus(asked)
    return asked.parse_args()


def add_corpus(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus",
        default="pydocs",
        help="the text: pydocs, Python's language reference (the default); shakespeare, "
        "fetched once (1.1 MB); or the path of a UTF-8 text file of yours",
    )


def watch(losses: Iterable[float], steps: int, name: str = "") -> Iterator[float]:
    """The same losses, shown in a progress bar on their way where there is a terminal.

    A bar with a name goes when it is done: it is one of many.
    """
    columns = (
        TextColumn(f"{name}  step" if name else "step"),
        MofNCompleteColumn(),
        BarColumn(6 if name else 40),
        TextColumn("train loss {task.fields[loss]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    console = Console()
    with Progress(
        *columns, console=console, transient=bool(name), disable=not console.is_interactive
    ) as bar:
        task = bar.add_task("", total=steps, loss="-")
        for loss in losses:
            bar.update(task, advance=1, loss=f"{loss:.2f}")
            yield loss


def exit_code(run: Callable[[], None], milestone: str) -> int:
    """Run it; 1 where a part is not written yet, 2 where what it needs is no use, in one line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=plain.NAME, line_buffering=True)
    try:
        run()
    except KataError as error:
        print(error, file=sys.stderr)
        return 2
    except NotImplementedError as error:
        if not is_todo(error):
            raise
        *_, (frame, line) = traceback.walk_tb(error.__traceback__)
        part, where = frame.f_code.co_qualname, relative(frame.f_code.co_filename)
        homes = {m.package: m.id for m in milestones()}
        of = homes.get(Path(frame.f_code.co_filename).parent.name, milestone)
        lent = "" if of == milestone else f", or nox -s run -- {milestone} --borrow"
        print(
            f"{part} is not written yet ({where}:{line}). What to do next: nox -s {of}{lent}",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere
        return 0
    return 0


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 up, got {text!r}")
    return int(text)
