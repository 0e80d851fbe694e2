"""Let the GPT you built write, token by token, in all the ways you built.

    nox -s run -- m06                           about a minute on two cores
    nox -s run -- m06 --corpus shakespeare
    nox -s run -- m06 --corpus my_notes.txt --steps 2000

A small GPT is trained on characters first. Then it writes, and the ways to choose a token stand
side by side, from the same prompt.
"""

import sys
import time
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor

from kata.runs import corpora, running
from kata.runs.characters import Characters
from milestones.m01_mlp import cross_entropy
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m06_sampler import (
    KVCache,
    beam_search,
    forward_with_cache,
    generate,
    generate_cached,
    sample,
    top_p_filter,
)

CONTEXT_LENGTH = 128
D_MODEL = 96
N_LAYERS = 3
N_HEADS = 4
BATCH_SIZE = 12
LEARNING_RATE = 3e-3
STEPS = 400
PROMPT = 32  # characters
NEW = 64  # so that prompt and text fit into the context: the cache is used to the end


def train(model: GPT, tokens: Int[Tensor, " seq"], steps: int) -> Iterator[float]:
    """Change the weights, step by step, so that each next character surprises the model less."""
    windows = tokens.unfold(0, CONTEXT_LENGTH + 1, 1)  # (windows, context_length + 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps)
    for _ in range(steps):
        batch = windows[torch.randint(len(windows), (BATCH_SIZE,))]
        loss = cross_entropy(model(batch[:, :-1]), batch[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        yield loss.item()


@torch.no_grad()
def stream(
    model: GPT, prompt: Int[Tensor, " seq"], length: int, generator: torch.Generator
) -> Iterator[int]:
    """Draw one token after another, each ready to be shown before the next is drawn."""
    tokens, cache = prompt.unsqueeze(0), KVCache(N_LAYERS)
    for _ in range(length):
        if cache.length == CONTEXT_LENGTH:  # go on from the newer half, read once more
            tokens, cache = tokens[:, -CONTEXT_LENGTH // 2 :], KVCache(N_LAYERS)
        logits = forward_with_cache(model, tokens[:, cache.length :], cache)[:, -1]
        token = sample(top_p_filter(logits, 0.9), generator)
        tokens = torch.cat([tokens, token.unsqueeze(1)], dim=1)  # (1, seq + 1)
        yield int(token)


def continuations(
    model: GPT, prompt: Int[Tensor, " seq"], seed: int
) -> Iterator[tuple[str, Int[Tensor, " seq"]]]:
    """Each way to choose, and how the prompt goes on with it."""
    ways = {
        "greedy": {"temperature": 0},
        "temperature 0.5": {"temperature": 0.5},
        "temperature 1": {},
        "temperature 1.5": {"temperature": 1.5},
        "top-k 5": {"top_k": 5},
        "top-p 0.9": {"top_p": 0.9},
    }
    for name, options in ways.items():
        generator = torch.Generator().manual_seed(seed)
        text = generate_cached(model, prompt.unsqueeze(0), NEW, generator=generator, **options)
        yield name, text[0, len(prompt) :]
    texts, _ = beam_search(model, prompt, NEW, beam_width=4)
    yield "beam search, 4", texts[0, len(prompt) :]


@torch.no_grad()
def surprise(model: GPT, text: Int[Tensor, " seq"], n_prompt: int) -> float:
    """The mean of -ln p of the tokens after the prompt, as the model sees them."""
    logits = model(text[:-1].unsqueeze(0))[0, n_prompt - 1 :]
    return cross_entropy(logits, text[n_prompt:]).item()


def tokens_per_second(write: Callable[..., Tensor], model: GPT, prompt: Tensor) -> float:
    """The best of three: what else runs on the machine only ever slows it down."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        write(model, prompt.unsqueeze(0), CONTEXT_LENGTH - len(prompt), temperature=0)
        times.append(time.perf_counter() - start)
    return (CONTEXT_LENGTH - len(prompt)) / min(times)


def main() -> None:
    options = running.options("m06", "Train a small GPT, and let it write.", STEPS)
    corpus = corpora.load(options.corpus)
    torch.manual_seed(options.seed)  # the first weights and the batches follow

    characters = Characters.of(corpus.text)
    tokens = characters.encode(corpus.text)
    n_train = len(tokens) * 9 // 10
    model = GPT(GPTConfig(len(characters), CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS))
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"Training {n_parameters:,} parameters on {corpus.name}: "
        f"{len(tokens):,} characters, {len(characters)} different ones."
    )
    losses = list(running.watch(train(model, tokens[:n_train], options.steps), options.steps))
    last = losses[-50:]
    print(f"The loss is now {sum(last) / len(last):.2f} nats per character.")
    model.eval()

    prompt = tokens[n_train : n_train + PROMPT]
    print(f"It goes on from {characters.decode(prompt)!r}, with top-p 0.9:\n")
    generator = torch.Generator().manual_seed(options.seed)
    for token in stream(model, prompt, 300, generator):
        print(characters.alphabet[token], end="", flush=True)
    print("\n")

    table = Table("chosen by", "the text", box=SIMPLE, title="From the same prompt")
    table.add_column("nats per character", justify="right")
    for name, new in continuations(model, prompt, options.seed):
        nats = surprise(model, torch.cat([prompt, new]), PROMPT)
        table.add_row(name, ascii(characters.decode(new))[1:-1], f"{nats:.2f}")
    Console().print(table)

    with_cache = tokens_per_second(generate_cached, model, prompt)
    without = tokens_per_second(generate, model, prompt)
    print(
        f"With the cache it writes {with_cache:,.0f} tokens per second, without {without:,.0f}: "
        f"{with_cache / without:.1f} times as fast."
    )


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m06"))
