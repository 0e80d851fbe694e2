"""The reference agrees with transformers' Llama and with gguf: logits, gradients, caches, blocks.

pytest tests/kata/test_parity_llama.py needs the dependency groups `oracle` and `smollm2`.
"""

import json

import gguf
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from kata.course import trees
from tests.kata import llama_tiny

NAMES = tuple(llama_tiny.SIZES)
SIZES = {
    "as GPT": (13, 9, 8, 1, 2, 2, 12, 10000.0, 1e-5, True),
    "deep": (17, 14, 12, 5, 6, 2, 9, 500.0, 1e-6, False),
    "one head of keys": (101, 33, 48, 2, 8, 1, 40, 100000.0, 1e-5, True),
    "narrow heads": (29, 16, 18, 3, 9, 3, 30, 20.0, 1e-3, False),
}
EACH = pytest.mark.parametrize(
    "sizes", [dict(zip(NAMES, row, strict=True)) for row in SIZES.values()], ids=SIZES
)


@pytest.fixture(scope="module")
def reference():
    """The milestone's reference package."""
    with trees.mounted("solutions"):
        import milestones.m10_llama

        yield milestones.m10_llama


def pair(reference, sizes, seed=0):
    """The same weights in both models, and a batch for them."""
    theirs = llama_tiny.oracle(sizes, seed)
    ours = reference.Llama(reference.LlamaConfig(**sizes)).eval()
    reference.load_llama(ours, theirs.state_dict())
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
    # Laid out as weights are, the gradients find their places by load_llama itself.
    expected = reference.Llama(ours.config)
    slopes = {name: parameter.grad for name, parameter in theirs.named_parameters()}
    reference.load_llama(expected, slopes)
    found = dict(ours.named_parameters())
    for name, right in expected.named_parameters():
        torch.testing.assert_close(found[name].grad, right.detach(), rtol=1e-3, atol=1e-4)


@EACH
@settings(max_examples=12)
@given(data=st.data())
def test_any_chunks_with_a_cache_give_the_logits_of_transformers(reference, sizes, data):
    ours, theirs, tokens = pair(reference, sizes)
    seq = tokens.size(1)
    cuts = sorted(data.draw(st.sets(st.integers(1, seq - 1))))
    cache = reference.LlamaCache(sizes["n_layers"])
    with torch.no_grad():
        chunks = [tokens[:, a:b] for a, b in zip([0, *cuts], [*cuts, seq], strict=True)]
        found = torch.cat([ours(chunk, cache) for chunk in chunks], dim=1)
        torch.testing.assert_close(found, theirs(tokens).logits, rtol=0, atol=1e-4)


@EACH
def test_the_likeliest_text_is_that_of_generate(reference, sizes):
    ours, theirs, tokens = pair(reference, sizes)
    prompt = tokens[:, :3]
    new = sizes["context_length"] - 3
    right = theirs.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        max_new_tokens=new,
        min_new_tokens=new,
        do_sample=False,
        pad_token_id=0,
    )
    assert reference.continue_text(ours, prompt, new, temperature=0).equal(right)


@pytest.mark.parametrize(("kind", "size"), [("Q8_0", 34), ("Q4_1", 20)])
def test_blocks_become_the_numbers_of_gguf(reference, kind, size):
    generator = torch.Generator().manual_seed(0)
    blocks = torch.randint(256, (2_000, size), generator=generator).to(torch.uint8)
    blocks[:, [1, 3]] &= 0x7B  # the scale, and the minimum, are finite
    right = gguf.dequantize(blocks.numpy(), gguf.GGMLQuantizationType[kind])
    assert reference.dequantize(blocks, kind).equal(torch.from_numpy(right))


def test_the_learners_frozen_file_is_what_transformers_gives_today():
    written, today = json.loads(llama_tiny.FILE.read_text("utf-8")), llama_tiny.frozen()
    assert written["sizes"] == today["sizes"]
    assert written["tokens"] == today["tokens"]
    assert written["weights"] == today["weights"]
    logits = torch.tensor(today["logits"])
    torch.testing.assert_close(torch.tensor(written["logits"]), logits, rtol=0, atol=5e-5)


def test_smollm2_has_as_many_parameters_as_are_told(reference):
    config = reference.LlamaConfig(49152, 8192, 576, 30, 9, 3, 1536, rope_base=100000.0)
    with torch.device("meta"):
        model = reference.Llama(config)
    assert sum(parameter.numel() for parameter in model.parameters()) == 134_515_008
