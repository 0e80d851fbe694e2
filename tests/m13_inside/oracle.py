"""What the tests of milestone 13 ask: small GPTs, and a run that shows all that is inside.

The run is written for row vectors, one head after the other, from PyTorch's functions.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from kata import check
from tests import frozen, gpt2

# All differ, also from the streams (3) and the parts (5, or 17 with heads).
LAYERS, BATCH, HEADS, SEQ, D_HEAD, CONTEXT_LENGTH, VOCAB = 2, 4, 6, 7, 8, 9, 11
D_MODEL = HEADS * D_HEAD
TINY = Path(__file__).with_name("names_tiny.json")


def random_state(config: Any, seed: int = 0, dtype: torch.dtype = torch.float64) -> dict:
    """Weights with which all parts write about as much, and no head looks at one place only."""
    state = gpt2.random_state(config, seed, dtype)
    matrices = [name for name, value in state.items() if "blocks" in name and value.ndim == 2]
    return state | {name: state[name] / math.sqrt(state[name].size(1)) for name in matrices}


def gpt(
    n_layers: int = LAYERS,
    n_heads: int = HEADS,
    d_head: int = D_HEAD,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    dropout: float = 0.0,
) -> tuple[nn.Module, dict[str, Tensor]]:
    """A GPT of the learner's in training mode, and the weights that it was given."""
    from milestones.m05_gpt import GPT, GPTConfig  # of the tree that is under test

    config = GPTConfig(VOCAB, CONTEXT_LENGTH, n_heads * d_head, n_layers, n_heads, dropout)
    model = GPT(config).to(dtype)
    state = random_state(config, seed, dtype)
    gpt2.load(model, state)
    return model, state


def some_tokens(seed: int = 0, batch: int = BATCH, seq: int = SEQ) -> Tensor:
    return check.randint(VOCAB, batch, seq, seed=seed)


def tiny(prompts: int = 16) -> tuple[nn.Module, dict[str, Tensor], Tensor, Tensor, Tensor]:
    """A trained GPT, its weights in float32, and prompts: tokens, receiver and giver.

    "then A and B went to PLACE . S gave OBJ to", S one of A and B: the other one receives. Names
    stand at 1, 3 and 8 (the giver's second), the answer is due at 11 (tests/kata/inside_tiny.py).
    """
    from milestones.m05_gpt import GPT, GPTConfig  # of the tree that is under test

    kept = json.loads(TINY.read_text("utf-8"))
    state = frozen.unpack(kept["weights"])
    model = GPT(GPTConfig(**kept["sizes"])).float()
    gpt2.load(model, state)
    asked = (torch.tensor(kept[name][:prompts]) for name in ("tokens", "receiver", "giver"))
    return model, state, *asked


class Run(NamedTuple):
    """All that is inside a run; of each layer, but for the streams, of which there is one more.

    heads: what each head writes, without the bias of o_proj; mixed: what it hands to o_proj.
    """

    stream: Tensor  # (layers + 1, batch, seq, d_model): before each block, and after the last
    normed: Tensor  # (layers, batch, seq, d_model): what the attention reads
    patterns: Tensor  # (layers, batch, heads, query, key)
    mixed: Tensor  # (layers, batch, heads, seq, d_head)
    heads: Tensor  # (layers, batch, heads, seq, d_model)
    attention: Tensor  # (layers, batch, seq, d_model)
    mlp_normed: Tensor  # (layers, batch, seq, d_model): what the MLP reads
    hidden: Tensor  # (layers, batch, seq, d_hidden): after gelu
    mlp: Tensor  # (layers, batch, seq, d_model)
    final: Tensor  # (batch, seq, d_model): what the last norm gives
    logits: Tensor  # (batch, seq, vocab)


Change = Callable[[str, int, Tensor], Tensor]


def norm(x: Tensor, state: dict[str, Tensor], name: str) -> Tensor:
    """A layer norm, as its equation has it."""
    centred = x - x.mean(-1, keepdim=True)
    deviation = (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return centred / deviation * state[f"{name}.weight"] + state[f"{name}.bias"]


def unembed(x: Tensor, state: dict[str, Tensor]) -> Tensor:
    """What the model says where the last stream is x."""
    return norm(x, state, "final_norm") @ state["token_embedding.weight"].T


def run(
    tokens: Tensor,
    state: dict[str, Tensor],
    n_heads: int = HEADS,
    change: Change = lambda name, layer, value: value,
) -> Run:
    """The run on tokens, (batch, seq).

    change(name, layer, value): what stands in place of a value, by its name in Run: "stream"
    (before block `layer`; n_layers is before the last norm), "heads", "attention" or "mlp".
    """
    places = state["position_embedding.weight"][: tokens.size(1)]
    x = state["token_embedding.weight"][tokens] + places  # (batch, seq, d_model)
    n_layers = sum(name.endswith("attention_norm.weight") for name in state)
    stream, found = [change("stream", 0, x)], []
    for layer in range(n_layers):
        found.append(_block(stream[-1], state, layer, n_heads, change))
        added = found[-1]["attention"] + found[-1]["mlp"]
        stream.append(change("stream", layer + 1, stream[-1] + added))
    inside = {name: torch.stack([each[name] for each in found]) for name in found[0]}
    final = norm(stream[-1], state, "final_norm")
    logits = final @ state["token_embedding.weight"].T
    return Run(torch.stack(stream), **inside, final=final, logits=logits)


def _block(x: Tensor, state: dict, layer: int, n_heads: int, change: Change) -> dict[str, Tensor]:
    def linear(name: str, x: Tensor) -> Tensor:
        return x @ state[f"{block}.{name}.weight"].T + state[f"{block}.{name}.bias"]

    block = f"blocks.{layer}"
    normed = norm(x, state, f"{block}.attention_norm")
    q, k, v = (linear(f"attention.{c}_proj", normed).chunk(n_heads, -1) for c in "qkv")
    read = state[f"{block}.attention.o_proj.weight"].T.chunk(n_heads)  # (d_head, d_model) each
    seq, d_head = x.size(1), q[0].size(-1)
    later = torch.arange(seq) > torch.arange(seq).unsqueeze(-1)  # (query, key)
    patterns, mixed, heads = [], [], []
    for h in range(n_heads):
        scores = q[h] @ k[h].mT / math.sqrt(d_head)  # (batch, query, key)
        patterns.append(torch.softmax(scores.masked_fill(later, -torch.inf), -1))
        mixed.append(patterns[-1] @ v[h])
        heads.append(mixed[-1] @ read[h])
    written = change("heads", layer, torch.stack(heads, 1))
    attention = written.sum(1) + state[f"{block}.attention.o_proj.bias"]
    attention = change("attention", layer, attention)
    mlp_normed = norm(x + attention, state, f"{block}.mlp_norm")
    hidden = F.gelu(linear("mlp.up", mlp_normed), approximate="tanh")
    return {
        "normed": normed,
        "patterns": torch.stack(patterns, 1),
        "mixed": torch.stack(mixed, 1),
        "heads": written,
        "attention": attention,
        "mlp_normed": mlp_normed,
        "hidden": hidden,
        "mlp": change("mlp", layer, linear("mlp.down", hidden)),
    }


class Failing(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        raise ArithmeticError("something is wrong")


class OtherBlock(nn.Module):
    """A block that takes more than the stream, and may write into it in place."""

    def __init__(self, in_place: bool = False) -> None:
        super().__init__()
        self.linear = nn.Linear(D_HEAD, D_HEAD)
        self.in_place = in_place

    def forward(self, x: Tensor, scale: Tensor, layer: int) -> Tensor:
        added = torch.tanh(self.linear(x * scale)) * (layer + 1)
        return x.add_(added) if self.in_place else x + added


class OtherNorm(nn.Module):
    """A norm without a mean or a bias."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(D_HEAD))

    def forward(self, x: Tensor) -> Tensor:
        return x * (x.square().mean(-1, keepdim=True) + 1e-3).rsqrt() * self.weight


class Other(nn.Module):
    """A model of another kind, with no more in common with a GPT than the lens needs."""

    def __init__(self, n_layers: int = LAYERS, in_place: bool = False, seed: int = 0) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(VOCAB, D_HEAD)
        self.dropout = nn.Dropout(0.5)
        self.blocks = nn.ModuleList(OtherBlock(in_place) for _ in range(n_layers))
        self.final_norm = OtherNorm()
        self.double().load_state_dict(check.random_state(self, seed))

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.dropout(self.token_embedding(tokens))
        scale = torch.full((), 0.5, dtype=x.dtype, device=x.device)
        for layer, block in enumerate(self.blocks):
            x = block(x, scale, layer)
        return self.final_norm(x) @ self.token_embedding.weight.T


def other_run(
    tokens: Tensor, state: dict[str, Tensor], change: Change = lambda name, layer, value: value
) -> tuple[Tensor, Tensor]:
    """Of Other: the streams, (layers + 1, batch, seq, d_head), and what a lens sees in each."""
    stream = [change("stream", 0, state["token_embedding.weight"][tokens])]
    for layer in range(sum(name.startswith("blocks") for name in state) // 2):
        weight, bias = (state[f"blocks.{layer}.linear.{kind}"] for kind in ("weight", "bias"))
        added = torch.tanh(0.5 * stream[-1] @ weight.T + bias) * (layer + 1)
        stream.append(change("stream", layer + 1, stream[-1] + added))
    x = torch.stack(stream)
    normed = x / (x.square().mean(-1, keepdim=True) + 1e-3).sqrt() * state["final_norm.weight"]
    return x, normed @ state["token_embedding.weight"].T


def copied(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def count_hooks(model: nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def modes(model: nn.Module) -> list[bool]:
    return [module.training for module in model.modules()]
