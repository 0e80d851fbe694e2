"""What a GPT of the learner's own has learned: by layer, by head and by neuron.

Uses GPT from milestone 5, and the tools of this milestone.
"""

from itertools import product
from pathlib import Path

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor

from kata.paths import relative
from kata.runs import checkpoints, pages
from kata.runs.characters import Characters
from milestones.m01_mlp import cross_entropy
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m13_inside.memory import top_triggers, value_distribution
from milestones.m13_inside.patching import ablate_head
from milestones.m13_inside.stream import attention_patterns, logit_lens

TEXTS = 64
NEURONS, TRIGGERS, BEFORE = 3, 3, 12  # of a layer, of a neuron, and characters of each


def look_into(checkpoint: Path, folder: Path, page: bool) -> None:  # given
    """Print what each layer, head and neuron of it does on the last tenth of its text."""
    trained = checkpoints.load(checkpoint)
    model = GPT(GPTConfig(**trained.sizes))
    model.load_state_dict(trained.weights)
    model.eval()
    tokens = trained.characters.encode(trained.corpus.text)
    windows = tokens[len(tokens) * 9 // 10 :].unfold(0, model.config.context_length, 1)
    texts = windows[torch.linspace(0, len(windows) - 1, TEXTS).long()]  # (texts, seq)
    print(f"{TEXTS} texts of {texts.size(1)} characters, from the end of {trained.corpus.name}.")
    show_layers(model, texts)
    show_heads(model, texts)
    show_neurons(model, texts, trained.characters)
    if page:
        patterns = attention_patterns(model, texts[:1])[:, 0]  # (layers, heads, query, key)
        heads = product(*map(range, patterns.shape[:2]))
        names = [f"{layer}.{head}" for layer, head in heads]
        path = folder / "checkpoint.html"
        letters = list(trained.characters.decode(texts[0]))
        heading = f"Who looks at whom: {relative(checkpoint)}"
        pages.attention_page(path, heading, letters, patterns.flatten(0, 1), names)
        pages.show(path)


@torch.no_grad()
def show_layers(model: GPT, texts: Int[Tensor, "batch seq"]) -> None:  # given
    """What the model would say if it stopped early."""
    table = Table("stream", box=SIMPLE, title="The logit lens")
    table.add_column("next character right", justify="right")
    table.add_column("loss, nats", justify="right")
    for layer, logits in enumerate(logit_lens(model, texts)[:, :, :-1]):
        right = (logits.argmax(dim=-1) == texts[:, 1:]).float().mean().item()
        name = f"after block {layer - 1}" if layer else "before block 0"
        table.add_row(name, f"{right:.1%}", f"{cross_entropy(logits, texts[:, 1:]):.3f}")
    Console().print(table)


@torch.no_grad()
def show_heads(model: GPT, texts: Int[Tensor, "batch seq"]) -> None:  # given
    """What each head looks at on average, and what the model loses without it."""
    looks = attention_patterns(model, texts).mean(dim=1)  # (layers, heads, query, key)

    def loss(logits: Tensor) -> float:
        return cross_entropy(logits[:, :-1], texts[:, 1:]).item()

    table = Table("head", box=SIMPLE, title="Each head")
    for column in ("to itself", "one back", "two back", "first place", "loss without it"):
        table.add_column(column, justify="right")
    whole = loss(model(texts))
    for layer, heads in enumerate(looks):
        for head, pattern in enumerate(heads):
            weights = [pattern.diagonal(-back).mean().item() for back in range(3)]
            cost = loss(ablate_head(model, texts, layer, head, mean=True)) - whole
            shares = [*weights, pattern[:, 0].mean().item()]
            table.add_row(f"{layer}.{head}", *(f"{share:.0%}" for share in shares), f"{cost:+.3f}")
    Console().print(table)


def show_neurons(model: GPT, texts: Tensor, characters: Characters) -> None:  # given
    """The neurons of each layer that speak the clearest: what wakes them, and what they say."""
    table = Table("neuron", "most active after", box=SIMPLE, title="Neurons as memories")
    table.add_column("speaks for", justify="right")
    for layer, block in enumerate(model.blocks):
        width = block.mlp.down.weight.size(1)
        says = torch.stack([value_distribution(model, layer, neuron) for neuron in range(width)])
        for neuron in says.amax(dim=-1).topk(NEURONS).indices.tolist():
            places = top_triggers(model, texts, layer, neuron, TRIGGERS)
            heard = (texts[row, max(0, at - BEFORE) : at + 1] for row, at in places)
            chance, token = says[neuron].max(dim=0)
            spoken = f"{characters.decode(token.unsqueeze(0))!r} {chance:.0%}"
            read = "  ".join(repr(characters.decode(text)) for text in heard)
            table.add_row(f"{layer}.{neuron}", read, spoken)
    Console().print(table)
