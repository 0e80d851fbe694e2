"""The reference can be compiled and exported as one graph.

pytest tests/kata/test_compiled.py
"""

import pytest
import torch
from torch import nn

from kata.course.curriculum import core, milestone
from kata.diagnosis import replay
from kata.testing import check

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def parts():
    """All that the reference hands on, by its name; no signature is enforced in a graph."""
    found = {}
    for last in (milestone("m09"), core()[-1]):
        modules = replay.up_to(last, shapes=False)
        rooms = [modules[f"milestones.{m.package}"] for m in (*last.before, last)]
        found |= {name: getattr(room, name) for room in rooms for name in room.__all__}
    return found


def gpt(parts):
    torch.manual_seed(0)
    return parts["GPT"](parts["GPTConfig"](11, 8, 12, 2, 3)).eval()


def after_a_prompt(parts, model):
    def logits(tokens):
        cache = parts["KVCache"](2)
        parts["forward_with_cache"](model, tokens[:, :3], cache)
        return parts["forward_with_cache"](model, tokens[:, 3:], cache)

    return logits


TOKENS = check.randint(11, 2, 8, seed=0)
X = check.randn(2, 5, 12, seed=1)
CALLS = {
    "GPT": lambda p: (gpt(p), TOKENS),
    "Embedding": lambda p: (p["Embedding"](11, 12), TOKENS),
    "MLPLanguageModel": lambda p: (p["MLPLanguageModel"](11, 8, 3, 5), TOKENS),
    "cross_entropy": lambda p: (p["cross_entropy"], X, check.randint(12, 2, 5, seed=2)),
    "SequenceClassifier": lambda p: (p["SequenceClassifier"](11, 12, 3), TOKENS),
    "causal_self_attention": lambda p: (p["causal_self_attention"], X),
    "MultiHeadAttention": lambda p: (p["MultiHeadAttention"](12, 3), X, X[:, None, :, 0] > 0, X),
    "PostNormBlock": lambda p: (p["PostNormBlock"](12, 3, dropout=0.5).eval(), X),
    "Dropout": lambda p: (p["Dropout"](0.5).eval(), X),
    "sinusoidal_positions": lambda p: (p["sinusoidal_positions"], 5, 12),
    "apply_temperature": lambda p: (p["apply_temperature"], X[0], 0.7),
    "top_k_filter": lambda p: (p["top_k_filter"], X[0], 3),
    "top_p_filter": lambda p: (p["top_p_filter"], X[0], 0.8),
    "frequency_penalty": lambda p: (p["frequency_penalty"], X[0], X[0].argsort(), 0.5),
    "greedy": lambda p: (p["greedy"], X[0]),
    "RelativeAttention": lambda p: (p["RelativeAttention"](12, 3, 2), X),
    "RotaryAttention": lambda p: (p["RotaryAttention"](12, 3), X),
    "AlibiAttention": lambda p: (p["AlibiAttention"](12, 3), X),
    "forward_with_cache": lambda p: (after_a_prompt(p, gpt(p)), TOKENS),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_part_compiles_to_one_graph_that_gives_the_same(parts, name):
    call, *arguments = CALLS[name](parts)
    torch._dynamo.reset()
    compiled = torch.compile(call, fullgraph=True, backend="eager")
    check.close(compiled(*arguments), call(*arguments))


def test_the_gpt_in_training_compiles_to_one_graph(parts):
    model = parts["GPT"](parts["GPTConfig"](11, 8, 12, 2, 3, dropout=0.1))
    logits = torch.compile(model, fullgraph=True, backend="eager")(TOKENS)
    check.equal(tuple(logits.shape), (2, 8, 11))


def test_the_gpt_is_exported(parts):
    model: nn.Module = gpt(parts)
    exported = torch.export.export(model, (TOKENS,))
    check.close(exported.module()(TOKENS), model(TOKENS))
