"""How fast the reference writes with its cache: python benchmarks/generation.py

Against transformers' generate with its own cache, on the same random weights (needs the group
`oracle`), and against the reference without a cache. Each round runs all of them in turn; the
figures are tokens per second of CPU time, the median of the rounds. Greedy, so all write the same.

A text of one row reads every weight once a token, so memory bandwidth sets a limit: it is measured
in the same rounds. "by input": the same weights stored as transformers stores them,
(in, out) in memory, which a matrix times one vector reads faster.

Targets: at least 2 times transformers at 4 x 128, 1 time at GPT-2 small; 3 times without a cache.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import torch

os.environ["KATA_TREE"] = "solutions"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from milestones.m05_gpt import GPT, GPTConfig, kv_cache_bytes, load_gpt2
from milestones.m06_sampler import KVCache, forward_with_cache, generate, generate_cached

PROMPT, NEW = 32, 128
CONFIGS = {
    "4 x 128": GPTConfig(512, 1024, 128, 4, 4),
    "GPT-2 small": GPTConfig(50257, 1024, 768, 12, 12),
}


def seconds(run: Callable[[], object]) -> float:
    """Of CPU time a thread: what others do on the machine is not counted."""
    start = time.process_time()
    run()
    return (time.process_time() - start) / torch.get_num_threads()


def rounds(runs: Mapping[str, Callable[[], object]], n_rounds: int) -> dict[str, float]:
    """The median time of each, all of them run in turn."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(n_rounds):
        for name, run in runs.items():
            times[name].append(seconds(run))
    return {name: median(found) for name, found in times.items()}


def theirs(config: GPTConfig):
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = GPT2Config(
        vocab_size=config.vocab_size,
        n_positions=config.context_length,
        n_embd=config.d_model,
        n_layer=config.n_layers,
        n_head=config.n_heads,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    return GPT2LMHeadModel(sizes).eval()


def by_input(config: GPTConfig, model: GPT) -> GPT:
    """The same model, each matrix of a block transposed in memory."""
    other = GPT(config)
    other.load_state_dict(model.state_dict())
    for parameter in other.parameters():
        if parameter.ndim == 2:
            parameter.data = parameter.data.T.contiguous().T
    return other


@torch.no_grad()
def cache_bytes(config: GPTConfig, model: GPT, batch: int, seq: int) -> int:
    cache = KVCache(config.n_layers)
    for token in torch.zeros(batch, seq, dtype=torch.long).split(1, dim=1):
        forward_with_cache(model, token, cache)
    layers = cache.layers  # ty: ignore[missing-attribute]  the stub leaves it to the learner
    return sum(kept.nbytes for pair in layers if pair for kept in pair)


def compare(name: str, config: GPTConfig, n_rounds: int) -> None:
    torch.manual_seed(0)
    hugging_face, model = theirs(config), GPT(config)
    load_gpt2(model, hugging_face.state_dict())
    turned = by_input(config, model)
    prompt = torch.randint(config.vocab_size, (1, PROMPT))
    ones = torch.ones_like(prompt)
    options = {"attention_mask": ones, "max_new_tokens": NEW, "min_new_tokens": NEW}
    weights = torch.cat([p.detach().flatten() for p in model.parameters()])
    runs = {
        "transformers": lambda: hugging_face.generate(prompt, do_sample=False, **options),
        "ours": lambda: generate_cached(model, prompt, NEW, temperature=0),
        "ours, by input": lambda: generate_cached(turned, prompt, NEW, temperature=0),
        "limit": lambda: [weights.sum() for _ in range(NEW)],
    }
    found = rounds(runs, n_rounds)
    print(f"\n{name}: tokens per second of CPU time, prompt {PROMPT}, {NEW} new")
    for run, spent in found.items():
        ratio = found["transformers"] / spent
        print(f"  {run:16} {NEW / spent:9.1f}   {ratio:6.2f} x transformers")
    held, expected = cache_bytes(config, model, 2, 5), kv_cache_bytes(config, 2, 5, 4)
    print(f"  the cache of 2 x 5 tokens holds {held:,} bytes; kv_cache_bytes says {expected:,}")


def without_cache(n_rounds: int) -> None:
    config = CONFIGS["4 x 128"]
    model, prompt, new = GPT(config), torch.zeros(1, 1, dtype=torch.long), 255
    runs = {
        "generate": lambda: generate(model, prompt, new, temperature=0),
        "generate_cached": lambda: generate_cached(model, prompt, new, temperature=0),
    }
    found = rounds(runs, n_rounds)
    ratio = found["generate"] / found["generate_cached"]
    print(f"\n4 x 128, a text of 256 tokens: generate_cached is {ratio:.1f} x generate")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    compare("4 x 128", CONFIGS["4 x 128"], options.rounds)
    without_cache(options.rounds)
    compare("GPT-2 small", CONFIGS["GPT-2 small"], max(1, options.rounds // 2))


if __name__ == "__main__":
    main()
