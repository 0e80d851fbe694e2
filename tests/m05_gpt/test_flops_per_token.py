"""flops_per_token tells what training on one token costs.

pytest tests/m05_gpt/test_flops_per_token.py
"""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from kata import check
from milestones.m05_gpt import GPTConfig, flops_per_token

SMALL = GPTConfig(50257, 1024, 768, 12, 12)


def counted(config, seq):
    """What PyTorch counts in the matrix products of one sequence, there and back, by token."""
    d, meta = config.d_model, torch.device("meta")
    sizes = [(d, d)] * 4 + [(d, 4 * d), (4 * d, d)]
    weights = [torch.empty(size, device=meta, requires_grad=True) for size in sizes]
    head = torch.empty(d, config.vocab_size, device=meta, requires_grad=True)
    x = torch.empty(seq, d, device=meta, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        for _ in range(config.n_layers):
            q, k, v = (
                (x @ weight).unflatten(-1, (config.n_heads, -1)).transpose(0, 1)
                for weight in weights[:3]
            )  # (heads, seq, d_head)
            out = (q @ k.mT).softmax(-1) @ v
            x = out.transpose(0, 1).flatten(1) @ weights[3]
            x = F.gelu(x @ weights[4]) @ weights[5]
        (x @ head).sum().backward()
    return counter.get_total_flops() / seq


def by_the_equation(config, seq):
    """6·N + 12·n_layers·d_model·seq, with N summed over the shapes of the parameters."""
    d = config.d_model
    block = 4 * (d * d + d) + (d * 4 * d + 4 * d) + (4 * d * d + d) + 2 * (d + d)
    n = config.vocab_size * d + config.n_layers * block + (d + d)
    return 6 * n + 12 * config.n_layers * d * seq


def test_one_narrow_layer_worked_by_hand():
    config = GPTConfig(vocab_size=3, context_length=7, d_model=1, n_layers=1, n_heads=1)
    hint = "N is 30: token embedding 3; attention 8, MLP 13, norms 4; last norm 2."
    check.equal(flops_per_token(config, 5), 6 * 30 + 12 * 5, hint=hint)


def test_gpt2_small_at_its_full_context():
    check.equal(flops_per_token(SMALL, 1024), 855_166_464)


def test_is_within_two_percent_of_what_pytorch_counts():
    check.close(float(flops_per_token(SMALL, 1024)), counted(SMALL, 1024), rtol=0.02)


def test_a_short_sequence_costs_less_a_token_whatever_the_context():
    check.equal(flops_per_token(SMALL, 1), 741_920_256 + 12 * 12 * 768)


def test_the_position_embedding_is_looked_up_not_multiplied():
    config = GPTConfig(5, 1_000_000, 8, 2, 4)
    check.equal(flops_per_token(config, 3), by_the_equation(config, 3))


def test_the_number_of_heads_changes_nothing():
    config = GPTConfig(50257, 1024, 768, 12, 3)
    check.equal(flops_per_token(config, 1024), 855_166_464)


@given(
    vocab=st.integers(1, 50),
    width=st.integers(1, 9),
    n_layers=st.integers(1, 5),
    n_heads=st.integers(1, 3),
    seq=st.integers(1, 40),
)
def test_agrees_with_the_equation_on_any_size(vocab, width, n_layers, n_heads, seq):
    config = GPTConfig(vocab, 40, width * n_heads, n_layers, n_heads)
    check.equal(flops_per_token(config, seq), by_the_equation(config, seq))
