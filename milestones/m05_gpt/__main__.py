"""Watch the GPT you built: its data flow, its parts, its start, and one batch learnt by heart.

nox -s run -- m05                           about a minute on two cores
nox -s run -- m05 --weights gpt2            the real GPT-2 small: half a gigabyte, fetched once
nox -s run -- m05 --weights gpt2 --prompt "Once upon a time"
"""

import argparse
import math
import sys
from collections.abc import Iterator

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor

from kata.runs import corpora, gpt2, running
from kata.runs.characters import Characters
from milestones.m01_mlp import cross_entropy
from milestones.m05_gpt import (
    GPT,
    GPTConfig,
    count_parameters,
    flops_per_token,
    kv_cache_bytes,
    load_gpt2,
    trace_shapes,
)

BATCH_SIZE = 6
CONTEXT_LENGTH = 64
D_MODEL, N_LAYERS, N_HEADS = 96, 3, 4
LEARNING_RATE = 2e-3
STEPS = 150
NEW_TOKENS = 20


def print_flow(model: GPT, tokens: Int[Tensor, "batch seq"]) -> None:
    """What ran, in order, and the shape that came out; of the blocks only the first in full."""
    config = model.config
    sizes = {
        len(tokens): "batch",
        tokens.size(1): "seq",
        config.d_model: "d_model",
        4 * config.d_model: "d_hidden",
        config.vocab_size: "vocab",
    }
    table = Table("module", "shape", box=SIMPLE, title="The data flow")
    table.add_row("tokens", f"(batch {len(tokens)}, seq {tokens.size(1)})")
    for name, shape in trace_shapes(model, tokens):
        if not name.startswith("blocks.") or name.startswith("blocks.0") or name.count(".") == 1:
            axes = (f"{sizes.get(size, '')} {size}".strip() for size in shape)
            table.add_row(name, f"({', '.join(axes)})")
    table.add_row("logits", f"({', '.join(f'{sizes[n]} {n}' for n in model(tokens).shape)})")
    Console().print(table)


def print_parts(model: GPT) -> None:
    """Where the parameters are, and what the model costs."""
    parts = {
        "token embedding": [model.token_embedding],
        "position embedding": [model.position_embedding],
        "attention": [block.attention for block in model.blocks],
        "MLPs": [block.mlp for block in model.blocks],
        "norms": [
            model.final_norm,
            *(norm for block in model.blocks for norm in (block.attention_norm, block.mlp_norm)),
        ],
    }
    total = count_parameters(model)
    table = Table("part", box=SIMPLE, title="Parameters")
    table.add_column("numbers", justify="right")
    table.add_column("share", justify="right")
    for name, modules in parts.items():
        count = sum(map(count_parameters, modules))
        table.add_row(name, f"{count:,}", f"{count / total:.1%}")
    table.add_row("all", f"{total:,}", "100.0%", style="bold")
    Console().print(table)
    seq = model.config.context_length
    print(
        f"At {seq:,} tokens, training costs {flops_per_token(model.config, seq) / 1e6:,.1f} MFLOP "
        f"a token;\nthe cache for writing takes {kv_cache_bytes(model.config, 1, seq):,} bytes."
    )


def overfit(
    model: GPT,
    inputs: Int[Tensor, "batch seq"],
    targets: Int[Tensor, "batch seq"],
    steps: int,
) -> Iterator[float]:
    """Learn one batch by heart: a model that cannot has a mistake somewhere."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    for _ in range(steps):
        loss = cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def run_own(steps: int, seed: int) -> None:
    """A small GPT, untrained, and one batch of Python's manual."""
    torch.manual_seed(seed)
    text = corpora.load("pydocs").text
    characters = Characters.of(text)
    tokens = characters.encode(text)
    model = GPT(GPTConfig(len(characters), CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS))
    starts = torch.randint(len(tokens) - CONTEXT_LENGTH, (BATCH_SIZE, 1))
    windows = tokens[starts + torch.arange(CONTEXT_LENGTH + 1)]  # (batch, seq + 1)
    inputs, targets = windows[:, :-1], windows[:, 1:]
    print_flow(model, inputs)
    print_parts(model)

    losses = list(running.watch(overfit(model, inputs, targets, steps), steps))
    vocab = len(characters)
    print(f"Untrained, its loss is {losses[0]:.3f}; ln {vocab} is {math.log(vocab):.3f}.")
    count = f"{inputs.numel()} characters"
    print(f"After {steps} steps on the same {count} it is {losses[-1]:.4f}.")
    if losses[-1] >= 0.05 and steps >= STEPS:
        print("It should be below 0.05: a GPT that cannot learn one batch has a mistake in it.")


@torch.no_grad()
def run_gpt2(prompt: str) -> None:
    """The real weights in the learner's own model."""
    theirs = gpt2.load()
    config = GPTConfig(
        theirs.config["vocab_size"],
        theirs.config["n_positions"],
        theirs.config["n_embd"],
        theirs.config["n_layer"],
        theirs.config["n_head"],
    )
    model = GPT(config)
    load_gpt2(model, theirs.state_dict)
    model.eval()
    print_parts(model)

    tokens = torch.tensor([theirs.tokenizer.encode(prompt).ids])  # (1, seq)
    chances = torch.softmax(model(tokens[:, -config.context_length :])[0, -1], dim=-1)  # (vocab)
    table = Table("next", box=SIMPLE, title=f"After {prompt!r}")
    table.add_column("chance", justify="right")
    for chance, token in zip(*(found.tolist() for found in chances.topk(10)), strict=True):
        table.add_row(repr(theirs.tokenizer.decode([token])), f"{chance:.1%}")
    Console().print(table)

    for _ in range(NEW_TOKENS):
        logits = model(tokens[:, -config.context_length :])  # (1, seq, vocab)
        tokens = torch.cat([tokens, logits[:, -1:].argmax(-1)], dim=1)
    print(f"Always the likeliest: {theirs.tokenizer.decode(tokens[0].tolist())!r}")
    print("Milestone 6 chooses better.")


def main() -> None:
    purpose = "Watch the GPT you built, on one batch of text or with the weights of GPT-2."
    parser = argparse.ArgumentParser("nox -s run -- m05", description=purpose)
    parser.add_argument("--weights", choices=["gpt2"], help="load the real GPT-2 small")
    parser.add_argument(
        "--prompt",
        default="The capital of France is",
        help="what GPT-2 continues (default: %(default)r)",
    )
    parser.add_argument("--steps", type=int, default=STEPS, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    options = parser.parse_args()
    if options.steps < 1:
        parser.error(f"--steps: expected a whole number from 1 up, got {options.steps}")
    if not options.prompt:
        parser.error("--prompt: expected some text to continue")
    if options.weights:
        run_gpt2(options.prompt)
    else:
        run_own(options.steps, options.seed)


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m05"))
