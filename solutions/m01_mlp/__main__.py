"""Train the language model you built on real text, and see what it gained.

    nox -s run -- m01                           about a minute on two cores
    nox -s run -- m01 --corpus shakespeare
    nox -s run -- m01 --corpus my_notes.txt --steps 2000

It reads eight characters and guesses the next one. Nobody tells it what a word is.
"""

import math
import sys
from collections.abc import Iterator

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor

from kata.paths import ROOT, relative
from kata.runs import corpora, running
from kata.runs.baselines import bigram_loss, validation_loss
from kata.runs.characters import Characters
from kata.runs.figure import averaged, loss_curve
from milestones.m01_mlp import MLPLanguageModel, cross_entropy, softmax

CONTEXT_LENGTH = 8  # more characters need more weights, and more steps to learn which matter
D_EMBED = 32
D_HIDDEN = 512
BATCH_SIZE = 256
LEARNING_RATE = 2e-3
STEPS = 8_000


def train(model: MLPLanguageModel, tokens: Int[Tensor, " seq"], steps: int) -> Iterator[float]:
    """Change the weights, step by step, so that the next character surprises the model less."""
    windows = tokens.unfold(0, CONTEXT_LENGTH + 1, 1)  # (windows, context_length + 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    # Long strides first, ever shorter ones to the end: worth 0.1 nats here.
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        batch = windows[torch.randint(len(windows), (BATCH_SIZE,))]  # (batch, context_length + 1)
        context, target = batch[:, :-1], batch[:, -1]
        loss = cross_entropy(model(context), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield loss.item()


@torch.no_grad()
def write(
    model: MLPLanguageModel, prompt: Int[Tensor, " context_length"], length: int
) -> Int[Tensor, " length"]:
    """Draw the next character from what the model expects, append it, and ask again."""
    tokens = prompt
    for _ in range(length):
        context = tokens[-CONTEXT_LENGTH:].unsqueeze(0)  # (1, context_length)
        drawn = torch.multinomial(softmax(model(context)), 1)  # (1, 1)
        tokens = torch.cat([tokens, drawn[0]])  # (seq + 1)
    return tokens[len(prompt) :]


def print_losses(vocab: int, bigram: float, mlp: float) -> None:
    table = Table("model", "sees", box=SIMPLE, title="Loss on the last tenth of the text")
    table.add_column("nats per character", justify="right")
    table.add_row(f"uniform, ln {vocab}", "nothing", f"{math.log(vocab):.3f}")
    table.add_row("bigram", "1 character", f"{bigram:.3f}")
    table.add_row("your MLP", f"{CONTEXT_LENGTH} characters", f"{mlp:.3f}", style="bold")
    Console().print(table)


def main() -> None:
    options = running.options("m01", "Train the MLP language model you built.", STEPS)
    corpus = corpora.load(options.corpus)
    torch.manual_seed(options.seed)  # the first weights, the batches and the samples follow

    characters = Characters.of(corpus.text)
    tokens = characters.encode(corpus.text)
    n_train = len(tokens) * 9 // 10  # the last tenth is for validation
    model = MLPLanguageModel(len(characters), CONTEXT_LENGTH, D_EMBED, D_HIDDEN)
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"Training {n_parameters:,} parameters on {corpus.name}: "
        f"{len(tokens):,} characters, {len(characters)} different ones."
    )
    prompt = tokens[n_train - CONTEXT_LENGTH : n_train]
    print(f"Untrained, it writes {characters.decode(write(model, prompt, 40))!r}")

    losses, validation = [], {}
    measured = {options.steps * tenth // 10 for tenth in range(1, 11)}
    for loss in running.watch(train(model, tokens[:n_train], options.steps), options.steps):
        losses.append(loss)
        if (step := len(losses)) in measured:
            validation[step] = validation_loss(model, tokens, n_train, CONTEXT_LENGTH)

    bigram = bigram_loss(corpus.text, n_train)
    print_losses(len(characters), bigram, validation[options.steps])
    print(f"Now it writes:\n\n{characters.decode(write(model, prompt, 300))}\n")
    curve = ROOT / "runs/m01/loss.svg"
    loss_curve(
        curve,
        {"training": averaged(losses), "validation": (list(validation), list(validation.values()))},
        {"uniform": math.log(len(characters)), "bigram": bigram},
        f"An MLP that sees {CONTEXT_LENGTH} characters of {corpus.name}",
    )
    print(f"Loss curve: {relative(curve)}")


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m01"))
