"""Train six kinds of positions at 16 tokens, and ask them at up to 128.

    nox -s run -- m09                           about two minutes
    nox -s run -- m09 --steps 1000 --seed 1

Each model is a GPT of one block. All get the same texts, batches and steps, and differ only in how
they are told where a token stands. Beyond 16 tokens only the places that are new are asked.
"""

import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from kata.paths import ROOT, relative
from kata.runs import running, theme
from kata.runs.figure import add_legend, drawing
from milestones.m01_mlp import Embedding, cross_entropy
from milestones.m02_self_attention import causal_mask
from milestones.m03_multi_head_attention import (
    MultiHeadAttention,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)
from milestones.m04_transformer_block import LayerNorm, TransformerBlock
from milestones.m05_gpt import sinusoidal_positions
from milestones.m09_positions import AlibiAttention, RelativeAttention, RotaryAttention, rotate

D_MODEL, N_HEADS, MAX_DISTANCE, BASE = 48, 4, 8, 10000.0
TRAINED = 16  # tokens in every text that a model learns from
LENGTHS = (16, 32, 64, 128)
BATCH_SIZE, ASKED = 48, 128  # texts in a batch, and of each length in the end
LEARNING_RATE = 3e-3
STEPS = 500
LETTERS, CAPITALS = 8, 4  # tokens 0 to 7 are small letters, 8 to 11 are capitals

Texts = Int[Tensor, "batch seq"]


class Task(NamedTuple):
    """Texts, what to say at each place of them, and the first place at which that is clear."""

    draw: Callable[[int, int, torch.Generator], tuple[Texts, Texts]]
    first: int


def three_back(batch: int, seq: int, generator: torch.Generator) -> tuple[Texts, Texts]:
    """Say the token that stands three places back."""
    tokens = torch.randint(LETTERS, (batch, seq), generator=generator)
    return tokens, tokens.roll(3, dims=1)


def latest_capital(batch: int, seq: int, generator: torch.Generator) -> tuple[Texts, Texts]:
    """Say the latest of the capitals: one token of eight is one, and the first always is."""
    tokens = torch.randint(LETTERS, (batch, seq), generator=generator)
    capitals = LETTERS + torch.randint(CAPITALS, (batch, seq), generator=generator)
    here = torch.rand((batch, seq), generator=generator) < 1 / 8
    here[:, 0] = True
    places = (torch.arange(seq) * here).cummax(dim=1).values  # of the latest, for each place
    return torch.where(here, capitals, tokens), capitals.gather(1, places)


TASKS = {"three back": Task(three_back, 3), "latest capital": Task(latest_capital, 0)}


class OneBlock(nn.Module):
    """A GPT of one block. Its places are in the attention, or in a table that is added."""

    def __init__(self, attention: nn.Module, table: nn.Module | Tensor | None = None) -> None:
        super().__init__()
        self.embedding = Embedding(LETTERS + CAPITALS, D_MODEL)
        self.table = table
        self.block = TransformerBlock(D_MODEL, N_HEADS)
        self.block.attention = attention
        self.norm = LayerNorm(D_MODEL)

    def forward(self, tokens: Texts) -> Float[Tensor, "batch seq vocab"]:
        seq = tokens.size(1)
        x = self.embedding(tokens)  # (batch, seq, d_model)
        if isinstance(self.table, nn.Module):
            x = x + self.table(torch.arange(seq))
        elif self.table is not None:
            x = x + self.table[:seq]
        x = self.block(x, causal_mask(seq))
        return self.norm(x) @ self.embedding.weight.T  # (batch, seq, vocab)


class InterpolatedAttention(RotaryAttention):
    """RotaryAttention at the places t / factor, between those that it has learned.

    Source: Chen et al. 2023, section 2.3.
    """

    def __init__(self, factor: float) -> None:
        super().__init__(D_MODEL, N_HEADS)
        self.factor = factor

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "seq seq"]
    ) -> Float[Tensor, "batch seq d_model"]:
        q = split_heads(self.q_proj(x), self.n_heads)  # (batch, heads, seq, d_head)
        k = split_heads(self.k_proj(x), self.n_heads)  # (batch, heads, seq, d_head)
        v = split_heads(self.v_proj(x), self.n_heads)  # (batch, heads, seq, d_head)
        places = torch.arange(x.size(1)) / self.factor  # (seq)
        rates = BASE ** -(torch.arange(0, q.size(-1), 2) / q.size(-1))  # (d_head / 2)
        angles = places.unsqueeze(-1) * rates  # (seq, d_head / 2)
        q, k = (rotate(part, angles.cos(), angles.sin()) for part in (q, k))
        return self.o_proj(merge_heads(scaled_dot_product_attention(q, k, v, mask)))


KINDS: dict[str, Callable[[], OneBlock]] = {
    "none": lambda: OneBlock(MultiHeadAttention(D_MODEL, N_HEADS)),
    "learned": lambda: OneBlock(
        MultiHeadAttention(D_MODEL, N_HEADS), Embedding(max(LENGTHS), D_MODEL)
    ),
    "sinusoidal": lambda: OneBlock(
        MultiHeadAttention(D_MODEL, N_HEADS), sinusoidal_positions(max(LENGTHS), D_MODEL)
    ),
    "relative": lambda: OneBlock(RelativeAttention(D_MODEL, N_HEADS, MAX_DISTANCE)),
    "rotary": lambda: OneBlock(RotaryAttention(D_MODEL, N_HEADS, BASE)),
    "ALiBi": lambda: OneBlock(AlibiAttention(D_MODEL, N_HEADS)),
}


def divided(factor: float) -> RotaryAttention:
    """All places lie among those that were trained, but closer together."""
    return InterpolatedAttention(factor)


def larger_base(factor: float) -> RotaryAttention:
    """The slowest pair turns as far as at the trained length, and the first as fast as ever."""
    d_head = D_MODEL // N_HEADS
    return RotaryAttention(D_MODEL, N_HEADS, BASE * factor ** (d_head / (d_head - 2)))


STRETCHED = {"rotary, places divided": divided, "rotary, larger base": larger_base}


def learn(model: OneBlock, task: Task, steps: int, seed: int) -> Iterator[float]:
    """Train it on texts of 16 tokens, each of which it sees once."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    for _ in range(steps):
        tokens, targets = task.draw(BATCH_SIZE, TRAINED, generator)
        loss = cross_entropy(model(tokens)[:, task.first :], targets[:, task.first :])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


@torch.no_grad()
def share_right(model: OneBlock, task: Task, seq: int, seed: int) -> float:
    """Of the places that are asked: all at 16 tokens, and only the new ones beyond."""
    tokens, targets = task.draw(ASKED, seq, torch.Generator().manual_seed(seed + 1_000_000))
    first = task.first if seq <= TRAINED else TRAINED
    right = model(tokens).argmax(dim=-1) == targets  # (batch, seq)
    return right[:, first:].float().mean().item()


def stretched(model: OneBlock, build: Callable[[float], RotaryAttention], seq: int) -> OneBlock:
    """The same weights with other angles, for a text that is longer than it was trained for."""
    other = OneBlock(build(seq / TRAINED))
    other.load_state_dict(model.state_dict())
    return other


def measure(task: Task, name: str, steps: int, seed: int) -> dict[str, list[float]]:
    """Each kind's shares of right answers, for each length."""
    shares = {}
    for kind, build in KINDS.items():
        torch.manual_seed(seed)
        model = build()
        for _ in running.watch(learn(model, task, steps, seed), steps, f"{name}, {kind}"):
            pass
        shares[kind] = [share_right(model, task, seq, seed) for seq in LENGTHS]
        if kind == "rotary":
            for other, angles in STRETCHED.items():
                models = [stretched(model, angles, seq) for seq in LENGTHS]
                asked = zip(models, LENGTHS, strict=True)
                shares[other] = [share_right(each, task, seq, seed) for each, seq in asked]
    return {kind: shares[kind] for kind in (*KINDS, *STRETCHED)}


def show(results: dict[str, dict[str, list[float]]]) -> None:
    for name, shares in results.items():
        table = Table("positions", box=SIMPLE, title=f"Right answers in per cent: {name}")
        for seq in LENGTHS:
            table.add_column(f"{seq} tokens", justify="right")
        for kind, each in shares.items():
            table.add_row(kind, *(f"{100 * share:.0f}" for share in each))
        Console().print(table)


def draw(results: dict[str, dict[str, list[float]]]) -> None:
    looks = [
        (theme.MUTED, ":", "o"), (theme.MUTED, "--", "s"), (theme.MUTED, "-", "^"),
        (theme.ORANGE, "-", "o"), (theme.BLUE, "-", "s"), (theme.TEXT, "-", "^"),
        (theme.BLUE, "--", ""), (theme.BLUE, ":", ""),
    ]  # fmt: skip
    path = ROOT / "runs/m09/lengths.svg"
    with drawing(path, theme.WIDEST, 5) as figure:
        panels = figure.subplots(1, len(results), sharey=True)
        for axes, (name, shares) in zip(panels, results.items(), strict=True):
            for (kind, each), (color, line, mark) in zip(shares.items(), looks, strict=True):
                axes.plot(LENGTHS, each, line, color=color, marker=mark, label=kind)
            axes.set(title=name, xlabel="tokens", ylim=(0, 1.03))
            axes.set_xscale("log", base=2)
            axes.set_xticks(LENGTHS)
        panels[0].set_ylabel("share of right answers")
        add_legend(figure, columns=3)
    print(f"Curves: {relative(path)}")


def main() -> None:
    purpose = "Train six kinds of positions at 16 tokens, and ask them at up to 128."
    options = running.parser("m09", purpose, STEPS).parse_args()
    print(f"Each model learns from {options.steps * BATCH_SIZE:,} texts of {TRAINED} tokens.")
    results = {
        name: measure(task, name, options.steps, options.seed) for name, task in TASKS.items()
    }
    show(results)
    draw(results)


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m09"))
