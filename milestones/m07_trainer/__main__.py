"""Train the GPT you built, with the trainer you built, and let it write.

    nox -s run -- m07                                about three minutes on two cores
    nox -s run -- m07 --corpus shakespeare --minutes 10
    nox -s run -- m07 --resume                       goes on after Ctrl-C

It reads characters and guesses the next one. Everything that it leaves is in runs/m07.
"""

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from jaxtyping import Float, Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.nn.functional import pad

from kata.files import read_json, refuse_odd, write_atomically
from kata.paths import ROOT, relative
from kata.runs import corpora, running
from kata.runs.baselines import bigram_loss, loss_in_windows, validation_loss
from kata.runs.characters import Characters
from kata.runs.figure import add_legend, add_title, drawing, name_above
from kata.runs.theme import MUTED
from milestones.m01_mlp import MLPLanguageModel
from milestones.m05_gpt import GPT, GPTConfig, count_parameters
from milestones.m06_sampler import generate
from milestones.m07_trainer import (
    Trainer,
    TrainerConfig,
    callbacks,
    get_batch,
    lr_range_test,
    processes,
    suggest_lr,
    train_step,
    train_val_split,
)

FOLDER = Path(os.environ.get("KATA_RUNS", ROOT / "runs/m07"))
CHECKPOINT, SETTINGS = FOLDER / "checkpoint.pt", FOLDER / "run.json"
LOG, CURVE = FOLDER / "log.jsonl", FOLDER / "loss.svg"
CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS = 64, 128, 4, 4
BATCH_SIZE = 12
MAX_LR = 3e-3
MLP_CONTEXT = 8
SAMPLES = 10  # in the course of a run


def options() -> argparse.Namespace:
    purpose = "Train the GPT you built on real text, with the trainer you built."
    parser = argparse.ArgumentParser("nox -s run -- m07", description=purpose)
    corpus = "pydocs (default), shakespeare, or the path of a UTF-8 text file"
    parser.add_argument("--corpus", default="pydocs", help=corpus)
    parser.add_argument("--minutes", type=float, default=3.0, help="default: %(default)s")
    parser.add_argument("--steps", type=int, help="so many steps in place of --minutes")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--lr", type=float, default=MAX_LR, help="default: %(default)s")
    parser.add_argument("--find-lr", action="store_true", help="take the range test's suggestion")
    accumulation = "micro-batches of a step and process (default: %(default)s)"
    parser.add_argument("--accumulation", type=int, default=1, help=accumulation)
    devices, which = ("cuda", "mps", "cpu"), "default: the first of these that there is"
    parser.add_argument("--device", choices=devices, help=which)
    parser.add_argument("--compile", action="store_true", help="compile the model first")
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16 where it is safe")
    parser.add_argument("--resume", action="store_true", help="go on with the run in runs/m07")
    parser.add_argument("--tensorboard", action="store_true", help="log to TensorBoard too")
    parser.add_argument("--wandb", action="store_true", help="log to Weights & Biases too")
    found = parser.parse_args()
    if found.minutes <= 0 or (found.steps is not None and found.steps < 1):
        parser.error("--minutes and --steps: expected more than nothing")
    for package in ("tensorboard", "wandb"):
        if vars(found)[package] and find_spec(package) is None:
            again = f"nox -s run -- m07 --{package}"
            parser.error(f"--{package} needs the package {package}; {again} installs it")
    if not getattr(torch, found.device or "cpu").is_available():
        parser.error(f"--device {found.device}: there is none here")
    return found


def best_device() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


class EveryPosition(nn.Module):
    """The window model of milestone 1, asked at every position, as the trainer expects."""

    def __init__(self, model: MLPLanguageModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq vocab"]:
        windows = pad(tokens, (MLP_CONTEXT - 1, 0)).unfold(1, MLP_CONTEXT, 1)
        return self.model(windows.flatten(0, 1)).unflatten(0, tokens.shape)


def step_seconds(model: nn.Module, data: Int[Tensor, " n"], accumulation: int) -> float:
    """How long a step takes here, measured with a rate of 0, which changes nothing."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    generator = torch.Generator()
    batches = [get_batch(data, BATCH_SIZE, CONTEXT_LENGTH, generator) for _ in range(accumulation)]
    times = []
    for _ in range(8):
        start = time.perf_counter()
        train_step(model, batches, optimizer)
        times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2] * 1.15  # AdamW, evaluations and samples on top


def find_lr(model: nn.Module, data: Int[Tensor, " n"], seed: int) -> float:
    """The range test: draw its curve, and mark what it suggests."""
    generator = torch.Generator().manual_seed(seed)
    lrs, losses = lr_range_test(
        model, lambda: get_batch(data, BATCH_SIZE, CONTEXT_LENGTH, generator), 1e-5, 1.0, 100
    )
    smooth = [fmean(losses[max(0, i - 4) : i + 5]) for i in range(len(losses))]  # batches differ
    end = max(2, smooth.index(min(smooth)) + 1)  # beyond the lowest point it breaks, and rebounds
    lr = suggest_lr(lrs[:end], smooth[:end])
    with drawing(FOLDER / "range.svg") as figure:
        add_title(figure, "Range test")
        axes = figure.add_subplot(xlabel="learning rate", ylabel="loss, nats")
        axes.semilogx(lrs, losses, ".", label="loss")
        axes.semilogx(lrs, smooth, label="mean of nine")
        axes.axvline(lr, color=MUTED, linestyle="--")
        name_above(axes, lr, f"suggested: {lr:.1e}")
        axes.set_ylim(min(smooth) - 0.2, losses[0] + 0.5)
        add_legend(figure)
    print(f"The range test suggests a learning rate of {lr:.1e}: {relative(FOLDER)}/range.svg")
    return lr


def settings(asked: argparse.Namespace) -> dict[str, Any]:
    """What the run was started with: now, or, of a resumed one, then."""
    if not asked.resume:
        return {
            name: vars(asked)[name] for name in ("corpus", "seed", "steps", "lr", "accumulation")
        }
    if not CHECKPOINT.exists():
        raise corpora.CorpusError(f"There is no {relative(CHECKPOINT)} to resume.")
    try:
        torch.load(CHECKPOINT, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle's, zip's and PyTorch's own have no base in common
        raise cannot_resume(CHECKPOINT, f"cannot be read: {type(error).__name__}") from None
    try:
        return saved_settings(read_json(SETTINGS))
    except ValueError as problem:
        raise cannot_resume(SETTINGS, f"{problem}") from None


def cannot_resume(file: Path, problem: str) -> corpora.CorpusError:
    return corpora.CorpusError(
        f"{relative(file)} {problem}. The run cannot go on; without --resume a new one starts."
    )


def saved_settings(found: Any) -> dict[str, Any]:
    """The same, if a run wrote it. Raises ValueError that says what is odd in it."""
    if not isinstance(found, dict):
        raise ValueError("holds no settings")
    fits = {
        "corpus": lambda name: isinstance(name, str),
        "seed": lambda seed: type(seed) is int and -(2**63) <= seed < 2**63,
        "steps": lambda steps: type(steps) is int and 1 <= steps < 2**63,
        "lr": lambda lr: type(lr) in (int, float) and -math.inf < lr < math.inf,
        "accumulation": lambda n: type(n) is int and 1 <= n < 2**63,
    }
    for name, fit in fits.items():
        if not fit(found.get(name)):
            raise ValueError(f"has {found.get(name)!r:.40} as {name}")
    return found


def sampler(
    trained: nn.Module, size: GPTConfig, characters: Characters, prompt: Int[Tensor, "1 seq"]
) -> Callable[[int], str]:
    """A function that lets the model write so many characters after the prompt.

    It writes with a copy of the weights, in 32 bits and not compiled.
    """
    copy = GPT(size).to(prompt.device)

    def write(length: int) -> str:
        copy.load_state_dict(trained.state_dict())
        generator = torch.Generator(prompt.device).manual_seed(0)
        with torch.autocast(prompt.device.type, enabled=False):
            text = generate(copy, prompt, length, temperature=0.8, generator=generator)
        return characters.decode(text[0, prompt.size(1) :].cpu())

    return write


def train_mlp(tokens: Int[Tensor, " n"], n_train: int, vocab: int, c: TrainerConfig) -> float:
    """The validation loss of milestone 1's model after as many tokens of the same text."""
    model = MLPLanguageModel(vocab, MLP_CONTEXT, d_embed=32, d_hidden=512)
    c = replace(c, eval_every=0, checkpoint_every=0, checkpoint_path=None)
    with callbacks.progress_bar(c.total_steps) as show:
        Trainer(EveryPosition(model), tokens[:n_train], tokens[n_train:], c, [show]).fit()
    return validation_loss(model, tokens, n_train, MLP_CONTEXT)


def print_losses(vocab: int, bigram: float, mlp: float, gpt: float) -> None:
    table = Table("model", "sees", box=SIMPLE, title="Loss on the last tenth of the text")
    table.add_column("nats per character", justify="right")
    table.add_row(f"uniform, ln {vocab}", "nothing", f"{math.log(vocab):.3f}")
    table.add_row("bigram", "1 character", f"{bigram:.3f}")
    table.add_row("MLP of milestone 1", f"{MLP_CONTEXT} characters", f"{mlp:.3f}")
    table.add_row("your GPT", f"up to {CONTEXT_LENGTH} characters", f"{gpt:.3f}", style="bold")
    Console().print(table)


def main() -> None:
    asked = options()
    device = processes.join_others(torch.device(asked.device) if asked.device else best_device())
    rank, world = processes.rank_and_world()
    tell = print if rank == 0 else (lambda *_: None)
    refuse_odd([SETTINGS, CHECKPOINT, LOG, CURVE])
    run = settings(asked)
    corpus = corpora.load(run["corpus"])
    torch.manual_seed(run["seed"])  # the first weights follow, and dropout if there is any
    characters = Characters.of(corpus.text)
    tokens = characters.encode(corpus.text)
    train_data, val_data = (part.to(device) for part in train_val_split(tokens, 0.1))
    size = GPTConfig(len(characters), CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS)
    model: nn.Module = GPT(size).to(device)
    if asked.find_lr and not asked.resume:
        run["lr"] = find_lr(model, train_data, run["seed"])
    if asked.compile:
        model.compile()
    if run["steps"] is None:
        seconds = step_seconds(model, train_data, run["accumulation"])
        run["steps"] = max(1, round(asked.minutes * 60 / seconds))
    run = processes.agree(run)

    c = TrainerConfig(
        batch_size=BATCH_SIZE,
        context_length=CONTEXT_LENGTH,
        total_steps=run["steps"],
        max_lr=run["lr"],
        min_lr=run["lr"] / 10,
        warmup_steps=min(100, run["steps"] // 10),
        accumulation=run["accumulation"],
        eval_every=max(1, run["steps"] // SAMPLES),
        checkpoint_every=max(1, run["steps"] // SAMPLES) if rank == 0 else 0,
        checkpoint_path=CHECKPOINT if rank == 0 else None,
        seed=run["seed"],
    )
    tell(
        f"Training {count_parameters(model):,} parameters on {corpus.name}, "
        f"{len(tokens):,} characters, with {world} x {device}: {c.total_steps:,} steps of "
        f"{BATCH_SIZE * c.accumulation * world} x {CONTEXT_LENGTH}."
    )
    bigram = bigram_loss(corpus.text, len(train_data))
    levels = {"bigram": bigram}
    write = sampler(model, size, characters, val_data[:1].unsqueeze(0))
    replica = processes.Replica(model) if world > 1 else model
    trainer = Trainer(replica, train_data, val_data, c)
    if asked.resume:
        try:
            trainer.resume(CHECKPOINT)
        except ValueError as error:  # of another model: the text has other characters by now
            raise cannot_resume(CHECKPOINT, f"does not fit: {error}") from None

    with ExitStack() as stack:
        heard: list[callbacks.Callback] = []
        if rank == 0:
            FOLDER.mkdir(parents=True, exist_ok=True)
            write_atomically(SETTINGS, json.dumps(run | {"gpt": asdict(size)}))
            heard.append(stack.enter_context(callbacks.progress_bar(c.total_steps, trainer.step)))
            heard.append(callbacks.jsonl(LOG, trainer.step))
            heard.append(callbacks.svg(CURVE, LOG, levels, f"A GPT learns {corpus.name}"))
            heard.append(callbacks.samples(write))
            if asked.tensorboard:
                heard.append(callbacks.tensorboard(FOLDER / "tensorboard"))
            if asked.wandb:
                heard.append(callbacks.wandb(FOLDER, run))
        trainer.callbacks = [processes.on_first(heard, device)]
        with torch.autocast(device.type, torch.bfloat16, enabled=asked.bf16):
            trainer.fit()
    processes.leave_others()

    if trainer.step < c.total_steps:
        tell(f"Stopped after step {trainer.step:,}. To go on: nox -s run -- m07 --resume")
        return
    if rank == 0:
        tell("Training the MLP of milestone 1 on as many characters, to compare.")
        per_step = replace(c, accumulation=c.accumulation * world)
        mlp = train_mlp(tokens, len(train_data), len(characters), per_step)
        print_losses(len(characters), bigram, mlp, loss_in_windows(model, val_data, CONTEXT_LENGTH))
        print(f"It writes:\n\n{write(500)}\n")
        print(f"Loss curve: {relative(CURVE)}, checkpoint: {relative(CHECKPOINT)}")


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m07"))
