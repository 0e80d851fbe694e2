"""The question of names and places to a published model, in the learner's own code.

Uses the tools of this milestone, and the model of milestone 5 or 10.
"""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from torch import Tensor, nn

from kata.paths import relative
from kata.runs import gpt2
from kata.runs.figure import heat_grids
from milestones.m13_inside.patching import logit_difference, patching_grid
from milestones.m13_inside.stream import logit_lens

# One token each, with the space before it, in GPT-2's vocabulary and in SmolLM2's.
NAMES = [
    "Mary", "John", "Tom", "James", "Daniel", "Sarah", "Paul", "Mark", "Anna", "Peter", "David",
    "Robert", "Michael", "Jack", "Simon", "Laura", "George", "Henry", "Martin", "Alice",
]  # fmt: skip
ASKED, PATCHED = 24, 6  # prompts, and how many of them are patched


class Reader(NamedTuple):
    """A published model, and its tokenizer."""

    model: nn.Module
    encode: Callable[[str], list[int]]
    decode: Callable[[list[int]], str]


class Questions(NamedTuple):
    """Prompts that differ only in who gives: `corrupt` has the other one."""

    clean: Int[Tensor, "batch seq"]
    corrupt: Int[Tensor, "batch seq"]
    receiver: Int[Tensor, " batch"]
    giver: Int[Tensor, " batch"]


def ask(weights: str, folder: Path, seed: int) -> None:  # given
    """Print whether the model knows the answer, and where in it the answer stands."""
    reader = {"smollm2": smollm2_reader, "gpt2": gpt2_reader}[weights]()
    questions = draw(reader, ASKED, seed)
    words = [reader.decode([id]) for id in questions.clean[0].tolist()]
    print(f"One of {ASKED} prompts: {''.join(words)} ...")
    show_answers(reader, questions)
    show_lens(reader, questions)
    show_patches(reader, questions, words, folder / f"{weights}.svg")


def smollm2_reader() -> Reader:  # given
    from milestones.m10_llama.__main__ import Assistant

    assistant = Assistant()
    return Reader(assistant.model, assistant.tokenizer.encode, assistant.tokenizer.decode)


def gpt2_reader() -> Reader:  # given
    from milestones.m05_gpt import GPT, GPTConfig, load_gpt2

    theirs = gpt2.load()
    sizes = ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head")
    model = GPT(GPTConfig(*(theirs.config[size] for size in sizes)))
    load_gpt2(model, theirs.state_dict)
    return Reader(
        model.eval(), lambda text: theirs.tokenizer.encode(text).ids, theirs.tokenizer.decode
    )


def draw(reader: Reader, count: int, seed: int) -> Questions:  # given
    """Each prompt has two names, of which either gives in half of the prompts."""
    chance = random.Random(seed)
    rows: list[list[int]] = [[], [], [], []]
    for number in range(count):
        a, b = chance.sample(NAMES, 2)
        giver, receiver = (a, b) if number % 2 else (b, a)
        for row, who in ((0, giver), (1, receiver)):
            text = f"Then, {a} and {b} went to the store. {who} gave a book to"
            rows[row].append(reader.encode(text))
        for row, name in ((2, receiver), (3, giver)):
            (token,) = reader.encode(f" {name}")
            rows[row].append(token)
    return Questions(*map(torch.tensor, rows))


@torch.inference_mode()
def show_answers(reader: Reader, questions: Questions) -> None:  # given
    logits = reader.model(questions.clean)  # (batch, seq, vocab)
    last = logits[:, -1]
    above = last.gather(1, questions.receiver.unsqueeze(1)) > last.gather(
        1, questions.giver.unsqueeze(1)
    )
    first = last.argmax(dim=-1) == questions.receiver
    difference = logit_difference(logits, questions.receiver, questions.giver)
    print(
        f"The receiver's logit is {difference:.1f} above the giver's on average, above it in "
        f"{int(above.sum())} of {len(above)}\nprompts, and the first of all words in "
        f"{int(first.sum())}. (GPT-2 small: 3.6, on the prompts of Wang et al. 2022.)"
    )


@torch.inference_mode()
def show_lens(reader: Reader, questions: Questions) -> None:  # given
    """What the stream at the last place would say, layer by layer, for one prompt and for all."""
    table = Table("layer", "says", box=SIMPLE, title="The logit lens at the last place")
    table.add_column("receiver above giver", justify="right")
    lens = logit_lens(reader.model, questions.clean[:PATCHED])
    for layer, logits in enumerate(lens):
        words = "  ".join(
            repr(reader.decode([id])) for id in logits[0, -1].topk(3).indices.tolist()
        )
        right, wrong = questions.receiver[:PATCHED], questions.giver[:PATCHED]
        table.add_row(f"{layer}", words, f"{logit_difference(logits, right, wrong):.1f}")
    Console().print(table)


def show_patches(  # given
    reader: Reader, questions: Questions, words: Sequence[str], path: Path
) -> None:
    """At which places the stream of the true prompt brings the answer back."""
    clean, corrupt = questions.clean[:PATCHED], questions.corrupt[:PATCHED]
    right, wrong = questions.receiver[:PATCHED], questions.giver[:PATCHED]
    n_layers, seq = len(reader.model.blocks), clean.size(1)
    console, start = Console(), time.perf_counter()
    with (
        torch.inference_mode(),
        Progress(console=console, transient=True, disable=not console.is_interactive) as bar,
    ):
        task = bar.add_task("patching", total=(n_layers + 1) * seq + 2)

        def metric(logits: Tensor) -> float:
            bar.advance(task)
            return logit_difference(logits, right, wrong)

        grid = patching_grid(reader.model, corrupt, clean, metric)
    spent = time.perf_counter() - start
    giver = int((clean[0] != corrupt[0]).nonzero())
    table = Table("before layer", box=SIMPLE, title="Restored by the stream at one place")
    places = {f"the giver, {words[giver].strip()}": giver, "last": seq - 1}
    for name in (*places, "the most elsewhere"):
        table.add_column(name, justify="right")
    elsewhere = [place for place in range(seq) if place not in places.values()]
    for layer, shares in enumerate(grid):
        cells = [shares[giver], shares[-1], shares[elsewhere].abs().max()]
        table.add_row(f"{layer}", *(f"{cell:.2f}" for cell in cells))
    Console().print(table)
    shown = [word.strip() or repr(word) for word in words]
    rows = [f"{layer}" for layer in range(n_layers + 1)]
    heat_grids(path, {"restored, before each layer": grid.tolist()}, rows, shown, numbers=False)
    print(f"{grid.numel()} patches of {PATCHED} prompts took {spent:.0f} s: {relative(path)}")
    print(
        "In GPT-2 small, Wang et al. 2022 found heads that notice which name came twice, and others"
    )
    print("that copy the remaining name. Which heads or MLPs do it here was not looked at.")
