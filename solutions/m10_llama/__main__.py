"""Train a Llama beside a GPT, see what each of its parts is worth, and chat with a published one.

    nox -s run -- m10                           about two minutes on two cores
    nox -s run -- m10 --parts                   each part swapped back in turn: a quarter of an hour
    nox -s run -- m10 --weights smollm2 "What is the capital of France?"
    nox -s run -- m10 --weights smollm2         a chat: SmolLM2-135M-Instruct in your own code

All read characters and have as many parameters. GPT makes a fixed number of steps, and Llama
gets as much processor time.
"""

import sys
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from statistics import fmean, median, stdev

import torch
from jaxtyping import Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from kata.errors import KataError
from kata.paths import ROOT, relative
from kata.runs import chat, corpora, running, smollm2, theme
from kata.runs.baselines import loss_in_windows
from kata.runs.characters import Characters
from kata.runs.figure import add_legend, averaged, drawing
from milestones.m01_mlp import MLP, cross_entropy
from milestones.m02_self_attention import causal_mask
from milestones.m04_transformer_block import LayerNorm
from milestones.m05_gpt import GPT, GPTConfig, count_parameters
from milestones.m08_tokenizer import Tokenizer, printable_bytes
from milestones.m10_llama import (
    Llama,
    LlamaCache,
    LlamaConfig,
    chat_tokens,
    dequantize,
    load_llama,
)

CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS, N_KV_HEADS = 64, 96, 3, 4, 2
D_HIDDEN = 3 * D_MODEL  # so that a block has as many weights as GPT's
BATCH_SIZE = 12
LEARNING_RATE = 3e-3
STEPS = 600
SEEDS = 3  # for each row of --parts
ANSWER = 512  # tokens at most
END = "<|im_end|>"


class LearnedPlaces(Llama):
    """A Llama that turns nothing, and adds a learned vector for each place."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__(config)
        self.position_embedding = nn.Embedding(config.context_length, config.d_model)

    def forward(self, tokens: Int[Tensor, "batch seq"], cache: None = None) -> Tensor:
        seq = tokens.size(1)
        x = self.token_embedding(tokens) + self.position_embedding.weight[:seq]
        unturned = torch.ones(seq, D_MODEL // N_HEADS // 2)
        for block in self.blocks:
            x = block(x, unturned, 0 * unturned, causal_mask(seq))
        return self.final_norm(x) @ self.token_embedding.weight.T


def llama(vocab: int, n_kv_heads: int = N_KV_HEADS, d_hidden: int = D_HIDDEN) -> Llama:
    sizes = CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS, n_kv_heads, d_hidden
    return Llama(LlamaConfig(vocab, *sizes))


def gpt(vocab: int) -> GPT:
    return GPT(GPTConfig(vocab, CONTEXT_LENGTH, D_MODEL, N_LAYERS, N_HEADS))


def with_layer_norm(vocab: int) -> Llama:
    model = llama(vocab)
    for block in model.blocks:
        block.attention_norm, block.mlp_norm = LayerNorm(D_MODEL), LayerNorm(D_MODEL)
    model.final_norm = LayerNorm(D_MODEL)
    return model


def with_gelu(vocab: int) -> Llama:
    """Two projections that are half as wide again, in place of three."""
    model = llama(vocab)
    for block in model.blocks:
        block.mlp = MLP(D_MODEL, D_HIDDEN * 3 // 2)
        for weight in (block.mlp.up.weight, block.mlp.down.weight):
            nn.init.normal_(weight, std=0.02)
    return model


def with_learned_places(vocab: int) -> Llama:
    config = llama(vocab).config
    model = LearnedPlaces(config)
    nn.init.normal_(model.position_embedding.weight, std=0.02)
    return model


def with_all_heads(vocab: int) -> Llama:
    """What the keys and values take more, the MLP has less."""
    return llama(vocab, N_HEADS, D_HIDDEN - D_MODEL // 3)


PARTS: dict[str, Callable[[int], nn.Module]] = {
    "Llama": llama,
    "LayerNorm for RMSNorm": with_layer_norm,
    "GELU for SwiGLU": with_gelu,
    "learned places for turns": with_learned_places,
    "4 heads of keys for 2": with_all_heads,
    "all of them: GPT": gpt,
}


class Run:
    """A model that learns the text."""

    def __init__(
        self, build: Callable[[int], nn.Module], vocab: int, train: Int[Tensor, " n"], seed: int
    ) -> None:
        torch.manual_seed(seed)  # the first weights follow
        self.model = build(vocab)
        self.windows = train.unfold(0, CONTEXT_LENGTH + 1, 1)  # (windows, context_length + 1)
        self.generator = torch.Generator().manual_seed(seed)  # so all see the same batches

    def losses(self, steps: int) -> Iterator[float]:
        optimizer = torch.optim.AdamW(self.model.parameters(), lr=LEARNING_RATE)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps)
        for _ in range(steps):
            loss = self.loss()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            yield loss.item()

    def loss(self) -> Tensor:
        starts = torch.randint(len(self.windows), (BATCH_SIZE,), generator=self.generator)
        batch = self.windows[starts]
        return cross_entropy(self.model(batch[:, :-1]), batch[:, 1:])

    def seconds_a_step(self) -> float:
        """Processor time, measured on a copy, so that nothing of this one changes."""
        times, start = [], time.process_time()
        for _ in deepcopy(self).losses(12):
            times.append(time.process_time() - start)
            start = time.process_time()
        return median(times)


def compare(train: Tensor, val: Tensor, vocab: int, steps: int, seed: int) -> None:
    """GPT and Llama, for as long, with a table and a curve."""
    table = Table("", box=SIMPLE, title="The same processor time for both")
    for column in ("parameters", "steps", "CPU s", "nats a character"):
        table.add_column(column, justify="right")
    curves, budget = {}, 0.0
    for name, build in {"GPT": gpt, "Llama": llama}.items():
        run = Run(build, vocab, train, seed)
        seconds = run.seconds_a_step()
        budget = budget or seconds * steps
        steps = max(1, round(budget / seconds))
        start = time.process_time()
        losses = list(running.watch(run.losses(steps), steps, name))
        spent = time.process_time() - start
        loss = loss_in_windows(run.model, val, CONTEXT_LENGTH)
        table.add_row(
            name, f"{count_parameters(run.model):,}", f"{steps:,}", f"{spent:.0f}", f"{loss:.3f}"
        )
        done, means = averaged(losses, points=40)
        curves[name] = [step * spent / steps for step in done], means
    Console().print(table)
    path = ROOT / "runs/m10/loss.svg"
    with drawing(path) as figure:
        axes = figure.add_subplot(xlabel="processor time, s", ylabel="loss, nats a character")
        for (name, curve), color in zip(curves.items(), (theme.MUTED, theme.BLUE), strict=True):
            axes.plot(*curve, color=color, label=name)
        axes.set_ylim(top=3)  # from where on they differ
        add_legend(figure)
    print(f"Curves: {relative(path)}")


def compare_parts(train: Tensor, val: Tensor, vocab: int, steps: int, seed: int) -> None:
    """One part at a time swapped back to what GPT has: as many steps, and several seeds."""
    table = Table("", box=SIMPLE, title=f"{steps:,} steps, {SEEDS} seeds")
    for column in ("parameters", "nats a character", "spread", "CPU s"):
        table.add_column(column, justify="right")
    for name, build in PARTS.items():
        found, start = [], time.process_time()
        for each in range(seed, seed + SEEDS):
            run = Run(build, vocab, train, each)
            for _ in running.watch(run.losses(steps), steps, f"{name}, seed {each}"):
                pass
            found.append(loss_in_windows(run.model, val, CONTEXT_LENGTH))
        spent = (time.process_time() - start) / SEEDS
        row = f"{fmean(found):.3f}", f"± {stdev(found):.3f}", f"{spent:.0f}"
        table.add_row(name, f"{count_parameters(run.model):,}", *row)
    Console().print(table)


class Assistant:
    """The published model, what it has read so far, and what it says next."""

    def __init__(self) -> None:
        theirs = smollm2.load(dequantize)
        self.model = Llama(LlamaConfig(**theirs.sizes)).eval()
        load_llama(self.model, theirs.state_dict)
        values = {letter: byte for byte, letter in printable_bytes().items()}

        def token(text: str) -> bytes:
            special = text in theirs.special_tokens
            return text.encode() if special else bytes(values[letter] for letter in text)

        vocab = {id: token(text) for id, text in enumerate(theirs.tokens)}
        merges = [tuple(map(token, line.split(" "))) for line in theirs.merges]
        self.tokenizer = Tokenizer(vocab, merges, theirs.special_tokens, smollm2.PATTERN)
        (self.end,) = self.tokenizer.encode(END)
        self.forget()

    def forget(self) -> None:
        self.cache, self.read = LlamaCache(self.model.config.n_layers), []

    @torch.inference_mode()
    def next(self, ids: list[int]) -> int:
        """The likeliest token after these, of which only what is new is read."""
        if ids[: len(self.read)] != self.read:
            self.forget()
        try:
            logits = self.model(torch.tensor([ids[len(self.read) :]]), self.cache)
        except BaseException:  # Ctrl-C: some layers have read more than others
            self.forget()
            raise
        self.read = ids
        return int(logits[0, -1].argmax())

    def reply(self, messages: chat.Messages) -> Iterator[str]:
        ids = chat_tokens(self.tokenizer, messages)
        while len(ids) + ANSWER > self.model.config.context_length and len(messages) > 1:
            messages = messages[2:]  # the oldest question, and its answer
            ids = chat_tokens(self.tokenizer, messages)
        if (needed := len(ids) + ANSWER) > (limit := self.model.config.context_length):
            raise KataError(f"With its answer it takes {needed:,} tokens, and {limit:,} fit.")
        said: list[int] = []
        shown = ""
        while len(said) < ANSWER and (token := self.next(ids + said)) != self.end:
            said.append(token)
            text = self.tokenizer.decode(said)
            piece = "" if text.endswith("\N{REPLACEMENT CHARACTER}") else text[len(shown) :]
            shown += piece  # a character may take several tokens
            yield piece


def main() -> None:
    parser = running.parser("m10", "Train a Llama beside a GPT, or chat with SmolLM2.", STEPS)
    running.add_corpus(parser)
    parser.add_argument("--parts", action="store_true", help="swap each part back in turn")
    parser.add_argument("--weights", choices=["smollm2"], help="the published chat model (98 MB)")
    parser.add_argument("prompt", nargs="?", help="what to ask it; without one you chat")
    asked = parser.parse_args()
    if asked.weights:
        reply = Assistant().reply
        return chat.ask(reply, asked.prompt) if asked.prompt else chat.talk(reply)
    if asked.prompt:
        parser.error(f"only --weights smollm2 takes a prompt, got {asked.prompt!r}")
    corpus = corpora.load(asked.corpus)
    characters = Characters.of(corpus.text)
    tokens = characters.encode(corpus.text)
    n_train = len(tokens) * 9 // 10
    work = compare_parts if asked.parts else compare
    work(tokens[:n_train], tokens[n_train:], len(characters), asked.steps, asked.seed)


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m10"))
