"""What the model of the milestone does, slowly: each head for itself, each path for itself."""

import json
import math
from itertools import combinations, product
from pathlib import Path

import torch
from torch.nn import functional as F

from kata import check
from tests.frozen import unpack

SIZES = {"vocab_size": 7, "context_length": 6, "d_model": 10, "n_layers": 3, "n_heads": 2}
TINY = Path(__file__).with_name("induction_tiny.json")


def random_model(dtype=torch.float32, **sizes):
    """A model, and its weights."""
    from milestones.m14_circuits import AttentionOnly  # the learner's, of the tree that is tested

    model = AttentionOnly(**{**SIZES, **sizes}).to(dtype)
    w = {name: value / 2 for name, value in check.random_state(model, seed=0).items()}
    model.load_state_dict(w)
    return model, w


def trained_model():
    """Two layers that learned to repeat segments, and their weights: layer 0 head 2 looks at the
    place before, and all four heads of layer 1 are induction heads."""
    from milestones.m14_circuits import AttentionOnly

    tiny = json.loads(TINY.read_text("utf-8"))
    w = unpack(tiny["weights"])
    model = AttentionOnly(**tiny["sizes"])
    model.load_state_dict(w)
    return model, w


def two_segments(batch):
    """16 tokens of 64, no token twice, and the same again."""
    order = check.randn(batch, 64, seed=7).argsort(dim=1)
    return order[:, :16].repeat(1, 2)


def ov(w, layer, head):
    return w["w_v"][layer, head] @ w["w_o"][layer, head]


def scores(w, layer, head, destinations, sources):
    """Row i, column j: how much destination i wants to attend to source j."""
    q, k = destinations @ w["w_q"][layer, head], sources @ w["w_k"][layer, head]
    return torch.stack([(one * k).sum(-1) for one in q]) / math.sqrt(k.size(-1))


def pattern(w, layer, head, x):
    """What the head attends to in one text, whose stream x is "seq d_model"."""
    placed = x + w["position_embedding"][: len(x)]
    allowed = torch.ones(len(x), len(x)).tril().bool()
    return scores(w, layer, head, placed, placed).masked_fill(~allowed, -torch.inf).softmax(-1)


def patterns(w, text):
    """A list for each layer, with a pattern for each head."""
    x, found = w["token_embedding"][text], []
    for layer, heads in enumerate(w["w_o"]):
        found.append([pattern(w, layer, head, x) for head in range(len(heads))])
        x = x + sum(a @ x @ ov(w, layer, head) for head, a in enumerate(found[-1]))
    return found


def paths(w, text):
    """The logits of each path of one text, "seq vocab": all through no head, one head, and so on.

    A path is a head for each of some of the layers.
    """
    seen, (n_layers, n_heads) = patterns(w, text), w["w_o"].shape[:2]
    found = []
    for length in range(n_layers + 1):
        found.append([])
        for layers in combinations(range(n_layers), length):
            for heads in product(range(n_heads), repeat=length):
                x = w["token_embedding"][text]
                for layer, head in zip(layers, heads, strict=True):
                    x = seen[layer][head] @ x @ ov(w, layer, head)
                found[-1].append(x @ w["unembedding"])
    return found


def losses(logits, text):
    """The loss of each next token of one text, in nats."""
    return F.cross_entropy(logits[:-1], text[1:], reduction="none")
