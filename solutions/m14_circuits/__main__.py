"""Watch induction heads grow, take the trained model apart, and compare the one written by hand.

    nox -s run -- m14                           half a minute on two cores
    nox -s run -- m14 --page                    and its heads as a page in the browser
    nox -s run -- m14 --steps 1000 --seed 1

One layer and two layers learn texts in which a segment is repeated. Both are asked on texts of
exactly two segments, and only about the second: there each token can be known.
"""

import sys
from collections.abc import Iterator
from itertools import product
from statistics import fmean

import torch
from jaxtyping import Float, Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from kata.paths import ROOT, relative
from kata.runs import pages, running, theme
from kata.runs.figure import add_legend, drawing
from milestones.m01_mlp import cross_entropy
from milestones.m14_circuits import (
    AttentionOnly,
    composed_qk_circuit,
    composition_score,
    copying_score,
    in_context_score,
    induction_score,
    previous_token_score,
    repeated_tokens,
    term_losses,
    without_head,
    write_induction_heads,
)

VOCAB, SEQ, D_MODEL, N_HEADS = 64, 32, 64, 4
PERIOD = SEQ // 2
BATCH_SIZE, ASKED = 32, 64
LEARNING_RATE = 3e-3
STEPS, EVERY = 600, 20
FOLDER = ROOT / "runs/m14"

Curve = list[tuple[int, float, float]]  # steps, loss, the largest induction score


def two_segments(seed: int) -> Int[Tensor, "batch seq"]:
    generator = torch.Generator().manual_seed(seed)
    halves = [torch.randperm(VOCAB, generator=generator)[:PERIOD] for _ in range(ASKED)]
    return torch.stack(halves).repeat(1, 2)


def learn(model: AttentionOnly, steps: int, seed: int) -> Iterator[float]:
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    for _ in range(steps):
        tokens = repeated_tokens(BATCH_SIZE, SEQ, VOCAB, generator)
        loss = cross_entropy(model(tokens)[:, :-1], tokens[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        yield loss.item()


def losses(model: AttentionOnly, tokens: Int[Tensor, "batch seq"]) -> Tensor:
    """Of each next token: "batch seq-1"."""
    return term_losses(model, tokens)[-1]


def second_loss(model: AttentionOnly, tokens: Int[Tensor, "batch seq"]) -> float:
    """Mean over the tokens of the second segment that the first has told."""
    return losses(model, tokens)[:, PERIOD:].mean().item()


@torch.no_grad()
def share_right(model: AttentionOnly, tokens: Int[Tensor, "batch seq"]) -> float:
    said = model(tokens)[:, PERIOD:-1].argmax(dim=-1)
    return (said == tokens[:, PERIOD + 1 :]).float().mean().item()


def scores_of(model: AttentionOnly, tokens: Tensor) -> tuple[list[list[float]], list[list[float]]]:
    """Previous-token and induction scores, by layer and head."""
    with torch.no_grad():
        patterns = model.patterns(tokens).mean(dim=1)  # (layers, heads, query, key)
    before = [[previous_token_score(head) for head in layer] for layer in patterns]
    return before, [[induction_score(head, PERIOD) for head in layer] for layer in patterns]


def grow(layers: int, steps: int, seed: int) -> tuple[AttentionOnly, Curve]:
    """Train a model, and watch it on the way."""
    torch.manual_seed(seed)  # the first weights follow
    model, asked = AttentionOnly(VOCAB, SEQ, D_MODEL, layers, N_HEADS), two_segments(seed + 1)
    name = f"{layers} layer{'s' * (layers > 1)}"
    curve = []
    for step, _ in enumerate(running.watch(learn(model, steps, seed), steps, name), start=1):
        if step % EVERY == 0 or step == steps:
            _, induction = scores_of(model, asked)
            curve.append((step, second_loss(model, asked), max(map(max, induction))))
    return model, curve


def draw(curves: dict[str, Curve]) -> None:
    path = FOLDER / "phase.svg"
    with drawing(path, theme.WIDEST, 3.6) as figure:
        left, right = figure.subplots(1, 2)
        for (name, curve), color in zip(curves.items(), (theme.MUTED, theme.BLUE), strict=True):
            steps, loss, score = zip(*curve, strict=True)
            left.plot(steps, loss, color=color, label=name)
            right.plot(steps, score, color=color)
        left.set(title="loss on the second segment", xlabel="step", ylabel="nats", ylim=(0, None))
        right.set(title="the best head's induction score", xlabel="step", ylim=(0, 1))
        add_legend(figure)
    print(f"The phase change: {relative(path)}")


def show_models(models: dict[str, AttentionOnly], asked: Int[Tensor, "batch seq"]) -> None:
    table = Table("model", box=SIMPLE, title="On two segments")
    for column in ("second right", "loss, nats", "late minus early"):
        table.add_column(column, justify="right")
    for name, model in models.items():
        each = losses(model, asked)
        table.add_row(
            name,
            f"{share_right(model, asked):.1%}",
            f"{each[:, PERIOD:].mean():.3f}",
            f"{in_context_score(each, PERIOD // 2, SEQ - 2):+.2f}",
        )
    Console().print(table)


def show_heads(model: AttentionOnly, random: AttentionOnly, asked: Tensor) -> None:
    """What each head looks at, whether it copies, and what is lost without it."""
    table = Table("head", box=SIMPLE, title="Each head of the two layers, and of a random model")
    for column in ("previous", "induction", "copies", "copies, random", "right without it"):
        table.add_column(column, justify="right")
    before, induction = scores_of(model, asked)
    for layer, head in product(range(2), range(N_HEADS)):
        table.add_row(
            f"{layer}.{head}",
            f"{before[layer][head]:.2f}",
            f"{induction[layer][head]:.2f}",
            *(f"{ov_copies(each, layer, head):+.2f}" for each in (model, random)),
            f"{share_right(without_head(model, layer, head), asked):.1%}",
        )
    Console().print(table)


@torch.no_grad()
def ov_copies(model: AttentionOnly, layer: int, head: int) -> float:
    left = model.token_embedding @ model.w_v[layer, head]  # (vocab, d_head)
    return copying_score(left, model.w_o[layer, head] @ model.unembedding)


@torch.no_grad()
def show_composition(model: AttentionOnly, random: AttentionOnly) -> None:
    """How much layer 1 reads of each head of layer 0: by its queries, keys or values."""
    table = Table("read by", box=SIMPLE, title="Composition of layer 1 with each head of layer 0")
    for head in range(N_HEADS):
        table.add_column(f"0.{head}", justify="right")
    table.add_column("random", justify="right")
    for name in ("queries", "keys", "values"):
        mine = composed(model, name)
        cells = [*mine.tolist(), composed(random, name).mean().item()]
        table.add_row(name, *(f"{score:.2f}" for score in cells))
        if name == "keys":
            before = int(mine.argmax())
    Console().print(table)
    matched = ", ".join(f"{matches(model, head, before):+.2f}" for head in range(N_HEADS))
    print(f"Through head 0.{before} the heads of layer 1 match a token with the token before:")
    print(f"{matched} are the copying scores of their composed circuits; 1 is the best.")


def composed(model: AttentionOnly, name: str) -> Float[Tensor, " heads"]:
    """For each head of layer 0 the mean score with the heads of layer 1."""
    qk, ov = model.w_q @ model.w_k.mT, model.w_v @ model.w_o  # (layers, heads, d_model, d_model)
    readers = {"queries": qk[1], "keys": qk[1].mT, "values": ov[1]}[name]
    return torch.tensor(
        [fmean(composition_score(writer, reader) for reader in readers) for writer in ov[0]]
    )


def matches(model: AttentionOnly, head: int, through: int) -> float:
    circuit = composed_qk_circuit(model, 1, head, through)  # (vocab, vocab)
    return copying_score(circuit, torch.eye(len(circuit)))


def write_page(model: AttentionOnly, tokens: Int[Tensor, "1 seq"]) -> None:
    """All heads, first those that induce best."""
    _, induction = scores_of(model, tokens)
    order = sorted(product(range(2), range(N_HEADS)), key=lambda at: -induction[at[0]][at[1]])
    with torch.no_grad():
        patterns = model.patterns(tokens)[:, 0]  # (layers, heads, query, key)
    words = [f"{token}" for token in tokens[0].tolist()]
    path = FOLDER / "heads.html"
    heading = "Two layers on a segment that is repeated"
    names = [f"{layer}.{head}" for layer, head in order]
    pages.attention_page(path, heading, words, torch.stack([patterns[at] for at in order]), names)
    pages.show(path)


def main() -> None:
    purpose = "Watch induction heads grow, and compare the model that you wrote by hand."
    parser = running.parser("m14", purpose, STEPS)
    parser.add_argument("--page", action="store_true", help="the heads as a page in the browser")
    options = parser.parse_args()
    if options.page:
        pages.require("m14 --page")
    asked = two_segments(options.seed + 2)
    (one, first), (two, second) = (grow(n, options.steps, options.seed) for n in (1, 2))
    draw({"one layer": first, "two layers": second})
    by_hand = write_induction_heads(VOCAB, SEQ)
    show_models({"one layer": one, "two layers": two, "two layers, by hand": by_hand}, asked)
    through = ", ".join(
        f"{loss:.2f}" for loss in term_losses(two, asked)[..., PERIOD:].mean((1, 2))
    )
    print(f"Two layers, with paths through at most 0, 1 and 2 heads: {through} nats.")
    random = AttentionOnly(VOCAB, SEQ, D_MODEL, 2, N_HEADS)
    show_heads(two, random, asked)
    show_composition(two, random)
    if options.page:
        write_page(two, asked[:1])


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m14"))
