"""GPT reads tokens and scores, at every position, which token comes next.

pytest tests/m05_gpt/test_GPT.py
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m05_gpt import GPT, GPTConfig
from tests.gpt2 import load, random_state, shapes, torch_gpt


def silent_blocks(config):
    """A state whose blocks add nothing, so that only what surrounds them is seen."""
    state = random_state(config)
    for name, value in state.items():
        if "o_proj" in name or "down" in name:
            value.zero_()
    return state | {
        "final_norm.weight": torch.ones(config.d_model),
        "final_norm.bias": torch.zeros(config.d_model),
    }


def test_two_tokens_worked_by_hand():
    config = GPTConfig(vocab_size=3, context_length=2, d_model=2, n_layers=1, n_heads=1)
    model = GPT(config)
    state = silent_blocks(config) | {
        "token_embedding.weight": torch.tensor([[3.0, 1.0], [0.0, 2.0], [5.0, 5.0]]),
        "position_embedding.weight": torch.tensor([[0.0, 0.0], [0.0, 4.0]]),
    }
    load(model, state)
    tokens = torch.tensor([[0, 2]])  # x is (3, 1) and (5, 9), normed (1, -1) and (-1, 1)
    check.close(model(tokens), torch.tensor([[[2.0, -2.0, 0.0], [-2.0, 2.0, 0.0]]]))


def test_parameters_have_the_documented_names_and_shapes():
    config = GPTConfig(11, 7, 6, 2, 3, dropout=0.1)
    model, expected = GPT(config), shapes(config)
    found = {name: tuple(p.shape) for name, p in model.named_parameters()}
    extra = {name: shape for name, shape in found.items() if expected.get(name) != shape}
    missing = {name: shape for name, shape in expected.items() if name not in found}
    check.equal(sorted(extra.values()), [], hint=f"Not as documented: {', '.join(extra)}.")
    check.equal(sorted(missing.values()), [], hint=f"Missing: {', '.join(missing)}.")
    check.equal(model.config, config)


@pytest.mark.parametrize("n_layers", [1, 3])
def test_no_score_depends_on_a_later_token_or_another_text(n_layers):
    config = GPTConfig(7, 5, 4, n_layers, 2)
    model = GPT(config).double()
    state = random_state(config, 0, torch.float64)
    load(model, {name: 0.5 * value for name, value in state.items()})
    check.sees(model, check.randint(7, 2, 4, seed=1), past(batch=2, seq=4))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    config = GPTConfig(7, 5, 4, 1, 2)
    model = GPT(config).double()
    state = random_state(config, 1, torch.float64)
    load(model, state)
    tokens = laid_out(check.randint(7, 3, 4, seed=10), layout)
    check.close(model(tokens), torch_gpt(tokens, state, 2))


def test_works_on_the_device_of_its_argument():
    config = GPTConfig(7, 5, 4, 2, 2)
    model = GPT(config).double()
    state = random_state(config, 2, torch.float64)
    load(model, state)
    tokens = check.randint(7, 3, 4, seed=11)
    check.close(elsewhere(model, tokens), torch_gpt(tokens, state, 2))


def test_float64_keeps_its_digits():
    config = GPTConfig(7, 5, 4, 2, 2)
    model = GPT(config).double()
    state = random_state(config, 3, torch.float64)
    load(model, state)
    tokens = check.randint(7, 3, 4, seed=12)
    check.close(model(tokens), torch_gpt(tokens, state, 2), rtol=1e-12, atol=1e-12)


@settings(max_examples=10)  # each takes a while
@given(
    batch=st.integers(1, 3),
    seq=st.integers(1, 3),
    n_layers=st.integers(1, 2),
    n_heads=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_agrees_with_pytorch_on_any_size(batch, seq, n_layers, n_heads, seed):
    config = GPTConfig(7, 3, 2 * n_heads, n_layers, n_heads)
    model = GPT(config).double()
    state = random_state(config, seed, torch.float64)
    load(model, state)
    tokens = check.randint(7, seq, batch, seed=seed).T  # not contiguous
    check.close(model(tokens), torch_gpt(tokens, state, n_heads))


def test_agrees_with_pytorch_in_float32():
    config = GPTConfig(11, 7, 6, 2, 3)
    model = GPT(config)
    state = {name: 0.3 * value for name, value in random_state(config).items()}
    load(model, state)
    tokens = check.randint(11, 4, 5, seed=1)
    check.close(model(tokens), torch_gpt(tokens, state, 3), atol=1e-4)


def test_every_parameter_learns_as_in_pytorch():
    config = GPTConfig(11, 7, 6, 2, 3)
    model = GPT(config).double()
    state = random_state(config, dtype=torch.float64)
    load(model, state)
    tokens, targets = check.randint(11, 2, 5, seed=2), check.randint(11, 2, 5, seed=3)
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    F.cross_entropy(torch_gpt(tokens, leaves, 3).flatten(0, 1), targets.flatten()).backward()
    F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten()).backward()
    learned = dict(model.named_parameters())
    for name, leaf in leaves.items():
        check.close(learned[name].grad, leaf.grad, hint=f"The gradient of {name}.")


@pytest.mark.parametrize("seq", [1, 2, 4, 5])
def test_reads_up_to_context_length_tokens(seq):
    config = GPTConfig(7, 5, 4, 1, 2)
    model = GPT(config)
    state = silent_blocks(config)
    load(model, state)
    tokens = check.randint(7, 3, seq, seed=4)
    check.close(model(tokens), torch_gpt(tokens, state, 2), atol=1e-4)


@pytest.mark.parametrize("seq", [6, 9])
def test_more_tokens_than_context_length_is_an_error_that_names_both(seq):
    model = GPT(GPTConfig(7, 5, 4, 1, 2)).eval()
    load(model, random_state(model.config))  # what comes without an error can be compared, too
    tokens = check.randint(7, 2, seq, seed=5)
    check.raises(ValueError, model, tokens, names=(seq, 5))


def test_a_longer_text_may_follow_a_shorter_one():
    config = GPTConfig(7, 5, 4, 1, 2)
    model = GPT(config)
    state = silent_blocks(config)
    load(model, state)
    tokens = check.randint(7, 3, 5, seed=13)
    for seq in (2, 4, 1, 5):
        text = tokens[:, :seq]
        check.close(model(text), torch_gpt(text, state, 2), atol=1e-4)


def test_the_batch_may_be_larger_than_the_context():
    config = GPTConfig(7, 2, 4, 1, 2)
    model = GPT(config)
    state = silent_blocks(config)
    load(model, state)
    tokens = check.randint(7, 5, 2, seed=6)
    check.close(model(tokens), torch_gpt(tokens, state, 2), atol=1e-4)


@pytest.mark.parametrize("row", [0, 1, 2])
def test_every_row_of_a_batch_is_read_alone(row):
    config = GPTConfig(7, 4, 6, 2, 2)
    model = GPT(config).double()
    state = random_state(config, row, torch.float64)
    load(model, state)
    tokens = check.randint(7, 3, 4, seed=row)
    check.close(model(tokens)[row], torch_gpt(tokens[row : row + 1], state, 2)[0])


def test_the_same_token_counts_differently_at_every_position():
    config = GPTConfig(7, 5, 4, 1, 2)
    model = GPT(config)
    state = silent_blocks(config)
    load(model, state)
    tokens = torch.full((2, 5), 3)
    check.close(model(tokens), torch_gpt(tokens, state, 2), atol=1e-4)


def test_in_eval_nothing_is_dropped():
    config = GPTConfig(7, 5, 4, 2, 2, dropout=0.9)
    model = GPT(config).double().eval()
    state = random_state(config, dtype=torch.float64)
    load(model, state)
    tokens = check.randint(7, 3, 5, seed=7)
    scores = model(tokens)
    check.equal(torch.equal(scores, model(tokens)), True, hint="Two runs in eval differ.")
    check.close(scores, torch_gpt(tokens, state, 2))


def identity_scores(config):
    """A state in which the first d_model scores are the normed stream itself, and the last its
    sum."""
    d = config.d_model
    return silent_blocks(config) | {
        "token_embedding.weight": torch.cat([torch.eye(d), torch.ones(1, d)])
    }


def check_dropped(model, tokens, p, stream):
    """Where the stream was dropped the normed stream has one and the same number in a row.

    What is drawn is left open: only shares, and what follows from what was dropped, are compared.
    """
    first, second = model(tokens).detach(), model(tokens).detach()
    check.equal(torch.equal(first, second), False, hint="Two runs in training are the same.")
    scores, total = first[..., :-1], first[..., -1]
    dropped = scores == scores.mode(-1, keepdim=True).values
    check.close(dropped.float().mean().item(), p, atol=0.06, hint="So much is dropped.")
    zeros = (scores == 0).float().mean().item()
    check.close(zeros, 0.0, atol=0.06, hint="So many scores are 0: dropout comes too late.")
    balanced = bool(total.abs().max() < 0.01)
    check.equal(balanced, True, hint="The normed stream does not sum to 0: dropout comes too late.")
    kept = torch.where(dropped, 0, stream / (1 - p))
    right = torch.allclose(scores, F.layer_norm(kept, kept.shape[-1:]), atol=1e-3)
    check.equal(right, True, hint="What is dropped is 0 before the last norm; the rest is kept.")


@pytest.mark.parametrize("p", [0.25, 0.6])
def test_dropout_falls_on_the_sum_of_the_embeddings(p):
    config = GPTConfig(121, 3, 120, 1, 1, dropout=p)
    model = GPT(config)
    positions = check.randn(3, 120, seed=8)
    load(model, identity_scores(config) | {"position_embedding.weight": positions})
    tokens = torch.full((8, 3), 120)  # the token whose numbers are all 1
    check_dropped(model, tokens, p, 1 + positions)


def test_dropout_falls_within_the_blocks():
    config = GPTConfig(121, 3, 120, 1, 1, dropout=0.4)
    model = GPT(config)
    added = check.randn(120, seed=9)
    state = identity_scores(config) | {
        "position_embedding.weight": torch.full((3, 120), -1.0),  # nothing is left of the sum
        "blocks.0.mlp.down.bias": added,
    }
    load(model, state)
    check_dropped(model, torch.full((8, 3), 120), 0.4, added)


def test_leaves_the_tokens_alone():
    model = GPT(GPTConfig(7, 5, 4, 1, 2))
    tokens = torch.tensor([[1, 2, 6]])
    model(tokens)
    check.close(tokens, torch.tensor([[1, 2, 6]]), hint="A forward never writes to the tokens.")
