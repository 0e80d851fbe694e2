"""See what your tokenizer learns, what it costs, and what your GPT gains by it.

    nox -s run -- m08                           about two minutes on two cores
    nox -s run -- m08 --corpus shakespeare      Tiny Shakespeare, fetched once
    nox -s run -- m08 --vocab 4000

The GPT on characters makes a fixed number of steps; the one on tokens gets as much processor time.
"""

import math
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, zip_longest
from statistics import median

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text
from torch import Tensor

from kata.plain import printable
from kata.runs import corpora, running
from kata.runs.baselines import loss_in_windows
from kata.runs.characters import Characters
from milestones.m05_gpt import GPT, GPTConfig, count_parameters
from milestones.m07_trainer import AdamW, get_batch, train_step, warmup_cosine
from milestones.m08_tokenizer import Tokenizer, train_bpe

VOCAB = 1_000
STEPS = 600
CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS = 64, 96, 3, 4
BATCH_SIZE = 12
MAX_LR = 3e-3
EXAMPLE = "The tokenizer's vocabulary: 3.14159 and 2,718 aren't words, naïveté is."
KINDS = {
    "prose": "The statement is executed once, and then control returns to the loop.",
    "code": "def merge(self, pair):\n    if len(pair) != 2:\n        raise ValueError(pair)\n",
    "numbers": "3.14159 2.71828 1024 65536 1000000 299792458 6.02214076",
    "German": "Der Zug fährt gleich ab, und wir müssen noch über die Straße.",
    "Russian": "Поезд скоро отправится, а нам ещё нужно перейти улицу.",
    "Chinese": "火车马上就要开了，我们还得过马路。",
    "emoji": "🙂🙃🚂🌍👩‍💻🎉",
}
TOKEN_STYLES = [Style(color="black", bgcolor=color) for color in ("cyan", "yellow", "green")]


def print_merges(merges: list[tuple[bytes, bytes]]) -> None:
    """The first merges and the last ones, as text."""
    table = Table(box=SIMPLE, title="What was merged first, and last")
    numbered = list(enumerate(merges, start=1))
    picked = numbered if len(merges) < 24 else numbered[:16] + numbered[-8:]
    columns = [picked[i : i + 8] for i in range(0, len(picked), 8)]
    for _ in columns:
        table.add_column("", justify="right", no_wrap=True)
        table.add_column("merge", no_wrap=True)
    for row in zip_longest(*columns, fillvalue=None):
        cells = [(f"{e[0]}", " + ".join(map(quoted, e[1]))) if e else ("", "") for e in row]
        table.add_row(*chain.from_iterable(cells))
    Console().print(table)


def quoted(token: bytes) -> str:
    return printable(f"'{token.decode(errors='backslashreplace')}'")


def print_colored(tokenizer: Tokenizer, text: str) -> None:
    """The text with a colour for each token; where there are no colours, with bars between."""
    console = Console()
    tokens = [tokenizer.vocab[id] for id in tokenizer.encode(text)]
    pieces = [printable(token.decode(errors="backslashreplace")) for token in tokens]
    print(f"\n{len(text)} characters are {len(tokens)} tokens:")
    if console.color_system is None:
        console.print(Text("|".join(pieces)))
        return
    line = Text()
    for i, piece in enumerate(pieces):
        line.append(piece, TOKEN_STYLES[i % len(TOKEN_STYLES)])
    console.print(line)


def print_kinds(tokenizer: Tokenizer, corpus: str) -> None:
    table = Table("kind of text", box=SIMPLE, title="What a text costs")
    for column in ("characters", "bytes", "tokens", "characters per token"):
        table.add_column(column, justify="right")
    for kind, text in {"of the corpus": corpus, **KINDS}.items():
        n = len(tokenizer.encode(text))
        numbers = (len(text), len(text.encode()), n)
        table.add_row(kind, *(f"{number:,}" for number in numbers), f"{len(text) / n:.2f}")
    Console().print(table)


class Run:
    """A GPT that learns one way to write the text."""

    def __init__(self, vocab: int, train: Int[Tensor, " n"], seed: int) -> None:
        torch.manual_seed(seed)  # the first weights follow
        self.model = GPT(GPTConfig(vocab, CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS))
        self.optimizer = AdamW(self.model.parameters(), lr=MAX_LR)
        self.train = train
        self.generator = torch.Generator().manual_seed(seed)

    def step(self, lr: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        batch = get_batch(self.train, BATCH_SIZE, CONTEXT_LENGTH, self.generator)
        loss, _ = train_step(self.model, [batch], self.optimizer)
        return float(loss)

    def seconds_a_step(self) -> float:
        """Processor time, measured with a rate of 0, which changes no weight."""
        return median(seconds_of(lambda: self.step(0.0)) for _ in range(9))

    def losses(self, steps: int) -> Iterator[float]:
        warmup = min(50, steps // 10)
        for done in range(1, steps + 1):
            yield self.step(warmup_cosine(done, MAX_LR, MAX_LR / 10, warmup, steps))


def seconds_of(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def compare(train: str, val: str, tokenizer: Tokenizer, seed: int, steps: int) -> None:
    """Train on characters, then on tokens for as long, and print what each byte costs."""
    characters = Characters.of(train + val)
    ways = {
        "characters": (len(characters), characters.encode),
        "tokens": (len(tokenizer.vocab), lambda text: torch.tensor(tokenizer.encode(text))),
    }
    table = Table("your GPT on", box=SIMPLE, title="The same time on characters and on tokens")
    for column in ("parameters", "steps", "CPU s", "a window is", "nats a token", "bits a byte"):
        table.add_column(column, justify="right")
    n_bytes, budget = len(val.encode()), 0.0
    for name, (vocab, encode) in ways.items():
        run = Run(vocab, encode(train), seed)
        seconds = run.seconds_a_step()
        budget = budget or seconds * steps
        steps = max(1, round(budget / seconds))
        start = time.process_time()
        for _ in running.watch(run.losses(steps), steps, name):
            pass
        spent, ids = time.process_time() - start, encode(val)
        nats = loss_in_windows(run.model, ids, CONTEXT_LENGTH)
        table.add_row(
            name,
            f"{count_parameters(run.model):,}",
            f"{steps:,}",
            f"{spent:.0f}",
            f"{CONTEXT_LENGTH * n_bytes / len(ids):.0f} bytes",
            f"{nats:.3f}",
            f"{nats / math.log(2) * len(ids) / n_bytes:.3f}",
        )
    Console().print(table)


def main() -> None:
    parser = running.parser("m08", "See what your tokenizer learns, and what it gains.", STEPS)
    running.add_corpus(parser)
    parser.add_argument(
        "--vocab", type=int, default=VOCAB, help="how many tokens are learned (%(default)s)"
    )
    asked = parser.parse_args()
    if asked.vocab < 256:
        parser.error(f"--vocab: expected 256 or more, the bytes, and got {asked.vocab}")
    corpus = corpora.load(asked.corpus)
    n_train = len(corpus.text) * 9 // 10
    train, val = corpus.text[:n_train], corpus.text[n_train:]
    print(f"Learning {asked.vocab:,} tokens from {n_train:,} characters of {corpus.name} ...")
    start = time.process_time()
    vocab, merges = train_bpe(train, asked.vocab)
    print(f"It took {time.process_time() - start:.1f} s of processor time.")
    tokenizer = Tokenizer(vocab, merges)
    print_merges(merges)
    print_colored(tokenizer, EXAMPLE)
    print_kinds(tokenizer, val)
    compare(train, val, tokenizer, asked.seed, asked.steps)


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m08"))
