"""The reference agrees with GPT-2 of transformers: logits, gradients, the frozen file, the costs.

pytest tests/kata/test_parity_gpt2.py needs the dependency group `oracle`.
"""

import json

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from kata.course import trees
from tests.kata import gpt2_tiny

SIZES = {
    "one head": {"vocab_size": 13, "context_length": 9, "d_model": 8, "n_layers": 1, "n_heads": 1},
    "deep": {"vocab_size": 17, "context_length": 5, "d_model": 12, "n_layers": 5, "n_heads": 2},
    "many heads": {
        "vocab_size": 101,
        "context_length": 33,
        "d_model": 42,
        "n_layers": 2,
        "n_heads": 7,
    },
    "narrow heads": {
        "vocab_size": 29,
        "context_length": 16,
        "d_model": 6,
        "n_layers": 3,
        "n_heads": 6,
    },
    "wide": {"vocab_size": 50, "context_length": 64, "d_model": 96, "n_layers": 4, "n_heads": 3},
}
EACH = pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)


@pytest.fixture
def reference():
    """The milestone's reference package."""
    with trees.mounted("solutions"):
        import milestones.m05_gpt

        yield milestones.m05_gpt


def pair(reference, sizes, seed=0):
    """The same weights in both models, and a batch for them."""
    theirs = gpt2_tiny.oracle(sizes, seed)
    ours = reference.GPT(reference.GPTConfig(**sizes)).eval()
    reference.load_gpt2(ours, theirs.state_dict())
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(sizes["vocab_size"], (3, sizes["context_length"]), generator=generator)
    return ours, theirs, tokens


@EACH
@pytest.mark.parametrize("seed", [0, 1])
def test_the_logits_agree(reference, sizes, seed):
    ours, theirs, tokens = pair(reference, sizes, seed)
    for seq in {1, 2, sizes["context_length"] - 1, sizes["context_length"]}:
        right = theirs(tokens[:, :seq]).logits
        torch.testing.assert_close(ours(tokens[:, :seq]), right, rtol=0, atol=1e-4)


@EACH
def test_the_gradient_of_every_parameter_agrees(reference, sizes):
    ours, theirs, tokens = pair(reference, sizes)
    inputs, targets = tokens[:, :-1], tokens[:, 1:].flatten()
    for model in (ours, theirs):
        out = model(inputs)
        logits = out if model is ours else out.logits
        F.cross_entropy(logits.flatten(0, 1), targets).backward()
    # Laid out as weights are, the gradients find their places by load_gpt2 itself.
    expected = reference.GPT(ours.config)
    slopes = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    reference.load_gpt2(expected, slopes)
    found = dict(ours.named_parameters())
    assert found.keys() == dict(expected.named_parameters()).keys()
    for name, right in expected.named_parameters():
        torch.testing.assert_close(found[name].grad, right.detach(), rtol=1e-3, atol=1e-5)


def test_the_learners_frozen_file_is_what_transformers_gives_today():
    written, today = json.loads(gpt2_tiny.FILE.read_text("utf-8")), gpt2_tiny.frozen()
    assert written["sizes"] == today["sizes"]
    assert written["tokens"] == today["tokens"]
    assert written["weights"] == today["weights"]
    logits = torch.tensor(today["logits"])
    torch.testing.assert_close(torch.tensor(written["logits"]), logits, rtol=0, atol=5e-5)


def test_gpt2_small_has_the_parameters_of_transformers(reference):
    sizes = dict(zip(gpt2_tiny.SIZES, (50257, 1024, 768, 12, 12), strict=True))
    with torch.device("meta"):
        theirs = gpt2_tiny.model_of(sizes)
        ours = reference.GPT(reference.GPTConfig(**sizes))
    assert theirs.num_parameters() == reference.count_parameters(ours) == 124_439_808


def test_the_flops_of_gpt2_small_are_those_that_pytorch_counts(reference):
    """The whole model of the reference, forward and backward, on the meta device."""
    config = reference.GPTConfig(50257, 1024, 768, 12, 12)
    with torch.device("meta"):
        model = reference.GPT(config)
        tokens = torch.zeros(1, 1024, dtype=torch.long)
        # One's own Embedding looks at the ids, and on the meta device there are none.
        for name in ("token_embedding", "position_embedding"):
            table = nn.Embedding(0, 0)
            table.weight = getattr(model, name).weight
            setattr(model, name, table)
        with FlopCounterMode(display=False) as counter:
            model(tokens).sum().backward()
    counted = counter.get_total_flops() / 1024
    assert abs(reference.flops_per_token(config, 1024) / counted - 1) < 0.02


def test_the_cache_of_transformers_takes_the_bytes_that_are_told(reference):
    ours, theirs, tokens = pair(reference, SIZES["many heads"])
    cache = theirs(tokens[:, :20], use_cache=True).past_key_values
    taken = sum(t.nbytes for layer in cache.layers for t in (layer.keys, layer.values))
    assert reference.kv_cache_bytes(ours.config, 3, 20, bytes_per_value=4) == taken
