"""Look inside: a GPT that finds who receives, the GPT that you trained, or a published model.

    nox -s run -- m13                           half a minute on two cores
    nox -s run -- m13 --page                    and its heads as a page in the browser
    nox -s run -- m13 --checkpoint runs/m07/checkpoint.pt
    nox -s run -- m13 --weights smollm2         a published model in your own Llama, offline
    nox -s run -- m13 --weights gpt2            GPT-2 small: half a gigabyte, fetched once

The small GPT and the published models are asked the same: "then A and B went to PLACE . A gave
THING to" ends with B.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor

from kata.paths import ROOT, relative
from kata.runs import names_and_places, pages, running, theme
from kata.runs.figure import add_title, drawing, heat_grids
from kata.runs.names_and_places import GIVER, LAST, Prompts
from milestones.m01_mlp import cross_entropy
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m13_inside import (
    ablate_head,
    attention_patterns,
    attribute_logits,
    head_patching_grid,
    logit_difference,
    logit_lens,
    patching_grid,
    run_with_hooks,
)
from milestones.m13_inside.own import look_into
from milestones.m13_inside.published import ask

D_MODEL, N_LAYERS, N_HEADS = 64, 2, 4
BATCH_SIZE, ASKED = 128, 64
LEARNING_RATE = 3e-3
STEPS = 400
FOLDER = ROOT / "runs/m13"


def learn(model: GPT, steps: int, generator: torch.Generator) -> Iterator[float]:
    """Only the answer is asked for."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    for _ in range(steps):
        prompts = names_and_places.draw(BATCH_SIZE, generator)
        loss = cross_entropy(model(prompts.tokens)[:, -1], prompts.receiver)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def names_run(steps: int, seed: int, page: bool) -> None:
    """Train the small GPT, and ask each tool what it does."""
    torch.manual_seed(seed)  # the first weights follow
    config = GPTConfig(len(names_and_places.WORDS), LAST + 1, D_MODEL, N_LAYERS, N_HEADS)
    model, generator = GPT(config), torch.Generator().manual_seed(seed)
    for _ in running.watch(learn(model, steps, generator), steps):
        pass
    model.eval()
    clean = names_and_places.draw(ASKED, torch.Generator().manual_seed(seed + 1_000_000))
    words = [names_and_places.WORDS[id] for id in clean.tokens[0].tolist()]
    print(f"One of {ASKED} new prompts: {' '.join(words)} ...")
    show_lens(model, clean)
    show_patches(model, clean, words)
    show_attribution(model, clean)
    show_heads(model, clean)
    if page:
        write_page(model, clean.tokens[:1], words)


def show_lens(model: GPT, prompts: Prompts) -> None:
    table = Table("stream", box=SIMPLE, title="The logit lens at the last place")
    table.add_column("says the receiver", justify="right")
    table.add_column("logits above the giver", justify="right")
    lens, metric = logit_lens(model, prompts.tokens), above_the_giver(prompts)
    for name, logits in zip(stages(model), lens, strict=True):
        right = (logits[:, -1].argmax(dim=-1) == prompts.receiver).float().mean().item()
        table.add_row(name, f"{right:.1%}", f"{metric(logits):.2f}")
    Console().print(table)


def above_the_giver(prompts: Prompts) -> Callable[[Tensor], float]:
    return lambda logits: logit_difference(logits, prompts.receiver, prompts.giver)


def stages(model: GPT) -> list[str]:
    return ["before block 0", *(f"after block {layer}" for layer in range(len(model.blocks)))]


def show_patches(model: GPT, clean: Prompts, words: Sequence[str]) -> None:
    """What the giver's second place means, and until where: in both directions."""
    corrupt, metric = names_and_places.with_the_other_giver(clean), above_the_giver(clean)
    grids = {
        "enough: a place of the true run restores the answer": patching_grid(
            model, corrupt.tokens, clean.tokens, metric
        ),
        "needed: a place of the other run breaks the answer": patching_grid(
            model, clean.tokens, corrupt.tokens, metric
        ),
    }
    table = Table(box=SIMPLE, title="The stream patched at one place, in per cent of all")
    table.add_column("stream", no_wrap=True)
    places = {"giver": GIVER, "thing": GIVER + 2, "last": LAST}
    for verb in ("restores", "breaks"):
        for place in places:
            table.add_column(f"{verb}:\n{place}", justify="right")
    for layer, name in enumerate(stages(model)):
        cells = [grid[layer, at].item() for grid in grids.values() for at in places.values()]
        table.add_row(name, *(f"{round(100 * cell)}" for cell in cells))
    Console().print(table)
    path = FOLDER / "patching.svg"
    shares = {title: grid.tolist() for title, grid in grids.items()}
    heat_grids(path, shares, stages(model), words)
    print(f"All places: {relative(path)}")


def show_attribution(model: GPT, prompts: Prompts) -> None:
    """Who pushes the receiver's logit above the giver's, at the last place."""
    embedding = model.token_embedding.weight.detach()
    direction = embedding[prompts.receiver] - embedding[prompts.giver]  # (batch, d_model)
    names, parts = attribute_logits(model, prompts.tokens, direction, heads=True)
    shares = dict(zip(names, parts[:, :, -1].mean(dim=1).tolist(), strict=True))
    path = FOLDER / "attribution.svg"
    with drawing(path, height=1.2 + 0.3 * len(shares)) as figure:
        add_title(figure, "Who pushes the receiver's logit above the giver's")
        axes = figure.add_subplot(xlabel="logits")
        colors = [theme.BLUE_FILL if share >= 0 else theme.ORANGE_FILL for share in shares.values()]
        bars = axes.barh(list(shares), list(shares.values()), color=colors)
        axes.bar_label(bars, [f"{share:.1f}" for share in shares.values()], padding=3)
        axes.margins(x=0.12)
        axes.invert_yaxis()
    total = sum(shares.values())
    largest = sorted(shares, key=lambda name: -abs(shares[name]))[:3]
    told = ", ".join(f"{name} {shares[name]:.1f}" for name in largest)
    print(f"\nOf {total:.1f} logits between the two names the largest parts are: {told}.")
    print(f"All parts: {relative(path)}")


def show_heads(model: GPT, clean: Prompts) -> None:
    """Each head alone: what it looks at, and what becomes of the answer without it."""
    corrupt, metric = names_and_places.with_the_other_giver(clean), above_the_giver(clean)
    restored = head_patching_grid(model, corrupt.tokens, clean.tokens, metric)
    looks = attention_patterns(model, clean.tokens).mean(dim=1)  # (layers, heads, query, key)
    table = Table("head", box=SIMPLE, title="Each head")
    for column in ("giver to names", "last to giver", "patch restores", "zeroed", "mean"):
        table.add_column(column, justify="right")
    for layer, head in product(range(N_LAYERS), range(N_HEADS)):
        names = looks[layer, head, GIVER, [names_and_places.FIRST, names_and_places.SECOND]].sum()
        without = (ablate_head(model, clean.tokens, layer, head, mean) for mean in (False, True))
        table.add_row(
            f"{layer}.{head}",
            f"{names:.0%}",
            f"{looks[layer, head, LAST, GIVER]:.0%}",
            f"{restored[layer, head]:.0%}",
            *(f"{metric(logits):.1f}" for logits in without),
        )
    Console().print(table)
    untouched = metric(run_with_hooks(model, clean.tokens, {}))
    print(f"The last two columns are logits between the names: {untouched:.1f} with all heads.")


def write_page(model: GPT, tokens: Int[Tensor, "1 seq"], words: Sequence[str]) -> None:
    """All heads of all layers, first the one whose last place looks most at the giver."""
    patterns = attention_patterns(model, tokens)[:, 0].flatten(0, 1)  # (layers · heads, seq, seq)
    names = [f"{layer}.{head}" for layer, head in product(range(N_LAYERS), range(N_HEADS))]
    order = patterns[:, LAST, GIVER].argsort(descending=True).tolist()
    path = FOLDER / "heads.html"
    heading = "Who looks at whom: each head of the small GPT"
    pages.attention_page(path, heading, words, patterns[order], [names[at] for at in order])
    pages.show(path)


def main() -> None:
    purpose = "Look inside a GPT that finds who receives, your own GPT, or a published model."
    parser = running.parser("m13", purpose, STEPS)
    own = "a GPT of yours, such as runs/m07/checkpoint.pt"
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help=own)
    parser.add_argument("--weights", choices=["smollm2", "gpt2"], help="a published model")
    parser.add_argument("--page", action="store_true", help="the heads as a page in the browser")
    asked = parser.parse_args()
    if asked.weights and (asked.page or asked.checkpoint):
        parser.error("--weights goes with neither --page nor --checkpoint")
    if asked.page:
        pages.require("m13 --page")
    if asked.weights:
        ask(asked.weights, FOLDER, asked.seed)
    elif asked.checkpoint:
        look_into(asked.checkpoint, FOLDER, asked.page)
    else:
        names_run(asked.steps, asked.seed, asked.page)


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m13"))
