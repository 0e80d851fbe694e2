"""What becomes of the records: a file, a curve, a progress bar, or somebody's dashboard.

A callback is a function of one record. Make your own: print one, and you have a logger.
"""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kata.runs.figure import averaged, loss_curve

Record = dict[str, Any]
Callback = Callable[[Record], object]


def jsonl(path: Path, done: int = 0) -> Callback:  # given
    """Appends each record as a line of JSON; of an earlier run the first `done` steps are kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text("utf-8").splitlines(keepends=True) if done and path.exists() else []
    kept = [line for line in old if line.endswith("\n") and json.loads(line)["step"] <= done]
    path.write_text("".join(kept), "utf-8")

    def write(record: Record) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    return write


def svg(path: Path, log: Path, levels: dict[str, float], title: str) -> Callback:  # given
    """Draws the losses of jsonl's file as a curve, each time that the model was evaluated."""

    def draw(record: Record) -> None:
        if "val_loss" not in record:
            return
        records = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        measured = [r for r in records if "val_loss" in r]
        curves = {
            "training": averaged([r["loss"] for r in records]),
            "validation": ([r["step"] for r in measured], [r["val_loss"] for r in measured]),
        }
        loss_curve(path, curves, levels, title)

    return draw


@contextmanager
def progress_bar(total_steps: int, done: int = 0) -> Generator[Callback]:  # given
    """Yields a callback that shows how far it is, where there is a terminal."""
    columns = (
        TextColumn("step"),
        MofNCompleteColumn(),
        BarColumn(bar_width=20),
        TextColumn("loss {task.fields[loss]:.3f}  lr {task.fields[lr]:.1e}"),
        TextColumn("grad {task.fields[grad_norm]:.2f}  {task.fields[speed]:,.0f} tokens/s"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    console = Console()
    numbers: dict[str, float] = {"loss": 0.0, "lr": 0.0, "grad_norm": 0.0, "speed": 0.0}
    with Progress(*columns, console=console, disable=not console.is_interactive) as bar:
        task = bar.add_task("", total=total_steps, completed=done, **numbers)

        def show(record: Record) -> None:
            now = {name: record[name] for name in ("loss", "lr", "grad_norm")}
            speed = record["tokens"] / max(record["seconds"], 1e-9)
            bar.update(task, completed=record["step"], speed=speed, **now)

        yield show


def samples(write: Callable[[int], str]) -> Callback:  # given
    """Prints a line that the model writes, each time that it was evaluated."""

    def show(record: Record) -> None:
        if "val_loss" in record:
            losses = f"loss {record['loss']:.3f}, validation {record['val_loss']:.3f}"
            print(f"{record['step']:>6}  {losses}  {write(60)!r}")

    return show


def tensorboard(folder: Path) -> Callback:  # given
    """Writes the numbers where `tensorboard --logdir runs` finds them."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder))

    def write(record: Record) -> None:
        for name in record.keys() - {"step"}:
            writer.add_scalar(name, record[name], record["step"])
        writer.flush()

    return write


def wandb(folder: Path, config: dict[str, Any]) -> Callback:  # given
    """Sends the numbers to Weights & Biases; with WANDB_MODE=offline they stay in `folder`."""
    import wandb

    folder.mkdir(parents=True, exist_ok=True)
    run = wandb.init(project="transformer-kata", dir=str(folder), config=config)
    return lambda record: run.log(record, step=record["step"], commit=True)
