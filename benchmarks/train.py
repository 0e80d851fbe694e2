"""Times a step of the reference trainer beside other ones, and what it learns.

    OMP_NUM_THREADS=1 KATA_TREE=solutions PYTHONPATH=. python benchmarks/train.py [--steps 2000]
        [--text tinyshakespeare.txt] [--lr 1e-3] [--end 0.1]
        [--bf16] [--compile] [--nanogpt PATH]

The recipe is nanoGPT's for a CPU: characters, block 64, batch 12, 4 layers, 4 heads, 128 wide.
The others run in alternation with ours: transformers' GPT2LMHeadModel with torch.optim.AdamW,
and nanoGPT itself where the path of a checkout is given. --bf16 and --compile time ours with them
too, and train with them. The floor of a step is its operations at the speed of one large matmul.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from kata.runs import corpora
from kata.runs.characters import Characters
from milestones.m05_gpt import GPT, GPTConfig, flops_per_token
from milestones.m07_trainer import (
    AdamW,
    Trainer,
    TrainerConfig,
    get_batch,
    parameter_groups,
    train_step,
    train_val_split,
)

SEQ, BATCH, WIDTH, LAYERS, HEADS = 64, 12, 128, 4, 4


def ours(vocab: int, bf16: bool, compiled: bool) -> Callable[[Tensor, Tensor], object]:
    model = GPT(GPTConfig(vocab, SEQ, WIDTH, LAYERS, HEADS))
    optimizer = AdamW(parameter_groups(model, 0.1), lr=1e-3, betas=(0.9, 0.99))
    if compiled:
        model.compile()

    def step(inputs: Tensor, targets: Tensor) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            train_step(model, [(inputs, targets)], optimizer)

    return step


def stepper(model: nn.Module, loss_of: Callable[[Tensor, Tensor], Tensor]) -> Callable:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)

    def step(inputs: Tensor, targets: Tensor) -> None:
        optimizer.zero_grad()
        loss_of(inputs, targets).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def huggingface(vocab: int) -> Callable[[Tensor, Tensor], object]:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=vocab,
        n_positions=SEQ,
        n_embd=WIDTH,
        n_layer=LAYERS,
        n_head=HEADS,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=None,  # there is no such character
        eos_token_id=None,
        use_cache=False,
        attn_implementation="sdpa",  # ty: ignore[unknown-argument]
    )
    model = GPT2LMHeadModel(config)

    def loss_of(inputs: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(model(inputs).logits.flatten(0, 1), targets.flatten())

    return stepper(model, loss_of)


def nanogpt(vocab: int, path: str) -> Callable[[Tensor, Tensor], object]:
    sys.path.insert(0, path)
    import model as nano  # ty: ignore[import-not-found]

    config = nano.GPTConfig(SEQ, vocab, LAYERS, HEADS, WIDTH, dropout=0.0, bias=False)
    model = nano.GPT(config)
    # It views the targets flat, which a slice of longer windows does not allow.
    return stepper(model, lambda inputs, targets: model(inputs, targets.contiguous())[1])


def compare(steppers: dict[str, Callable[[Tensor, Tensor], object]], data: Tensor) -> None:
    """Milliseconds of a step, of the CPU and by the wall, in turn with the same batch."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in steppers}
    for _ in range(40):
        batch = get_batch(data, BATCH, SEQ)
        for name, step in steppers.items():
            cpu, wall = time.process_time(), time.perf_counter()
            step(*batch)
            times[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    for name, found in times.items():
        cpu, wall = map(median, zip(*found[5:], strict=True))
        speed = BATCH * SEQ / cpu
        print(f"{name:<24} {1e3 * cpu:7.1f} ms a step {speed:10,.0f} tokens per CPU-second", end="")
        print(f"   {1e3 * wall:7.1f} ms by the wall clock")


def floor(vocab: int) -> None:
    """What a step would take if all of it were as fast as one large matmul."""
    a, b = torch.randn(2, 1024, 1024)
    times = []
    for _ in range(12):
        start = time.process_time()
        a @ b
        times.append(time.process_time() - start)
    peak = 2 * 1024**3 / min(times)
    work = BATCH * SEQ * flops_per_token(GPTConfig(vocab, SEQ, WIDTH, LAYERS, HEADS), SEQ)
    print(f"{'floor':<24} {1e3 * work / peak:7.1f} ms a step at {peak / 1e9:.0f} GFLOP/s")


def adamw_of_gpt2_small() -> None:
    """AdamW's step on the parameters of GPT-2 small, in turn with PyTorch's foreach."""
    shapes = [p.shape for p in GPT(GPTConfig(50257, 1024, 768, 12, 12)).parameters()]
    times: list[list[float]] = [[], []]
    optimizers = []
    for kind in (AdamW, partial(torch.optim.AdamW, foreach=True)):
        params = [torch.full(shape, 0.1, requires_grad=True) for shape in shapes]
        for p in params:
            p.grad = torch.full_like(p, 0.01)
        optimizers.append(kind(params, lr=1e-3))
    for _ in range(7):
        for optimizer, found in zip(optimizers, times, strict=True):
            start = time.process_time()
            optimizer.step()
            found.append(time.process_time() - start)
    mine, theirs = (median(found[1:]) for found in times)
    print(f"AdamW on GPT-2 small: {mine:.3f} s, foreach {theirs:.3f} s, ratio {mine / theirs:.2f}")


@torch.no_grad()
def whole_loss(model: nn.Module, data: Tensor) -> float:
    n = (len(data) - 1) // SEQ * SEQ
    pairs = data[:n].view(-1, SEQ).split(128), data[1 : n + 1].view(-1, SEQ).split(128)
    losses = (
        cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum").item()
        for x, y in zip(*pairs, strict=True)
    )
    return sum(losses) / n


def asked_for() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--text", default="shakespeare")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--end", type=float, default=0.1, help="the last rate, as a share of --lr")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--nanogpt")
    return parser.parse_args()


def main() -> None:
    options = asked_for()
    text = corpora.load(options.text).text
    characters = Characters.of(text)
    train_data, val_data = train_val_split(characters.encode(text), 0.1)
    torch.manual_seed(0)
    vocab = len(characters)
    steppers = {"ours": ours(vocab, False, False), "transformers": huggingface(vocab)}
    if options.bf16 or options.compile:
        name = " ".join(["ours", *["bf16"] * options.bf16, *["compiled"] * options.compile])
        steppers[name] = ours(vocab, options.bf16, options.compile)
    if options.nanogpt:
        path = str(Path(options.nanogpt).resolve())
        steppers["nanoGPT"] = nanogpt(vocab, path)
    compare(steppers, train_data)
    floor(vocab)
    adamw_of_gpt2_small()
    if options.steps:
        model = GPT(GPTConfig(vocab, SEQ, WIDTH, LAYERS, HEADS))
        lr = options.lr
        c = TrainerConfig(BATCH, SEQ, options.steps, lr, options.end * lr, 100)
        start = time.process_time()
        if options.compile:
            model.compile()
        trainer = Trainer(model, train_data, val_data, c)
        for group in trainer.optimizer.param_groups:
            group["betas"] = (0.9, 0.99)
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            trainer.fit()
        seconds = time.process_time() - start
        print(f"{options.steps} steps at {lr}: {seconds:.0f} CPU-seconds", end=", ")
        print(f"{options.steps * BATCH * SEQ / seconds:,.0f} tokens each", end=", ")
        print(f"whole-validation loss {whole_loss(model, val_data):.3f}")


if __name__ == "__main__":
    main()
