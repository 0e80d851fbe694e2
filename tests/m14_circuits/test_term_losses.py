"""term_losses is the loss of each next token, if only paths through a few heads counted.

pytest tests/m14_circuits/test_term_losses.py
"""

import math

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m14_circuits import AttentionOnly, term_losses
from tests.m14_circuits.oracle import losses, paths, random_model, trained_model, two_segments


def path_by_path(w, tokens):
    """In the shape "terms batch seq-1"."""
    texts = []
    for text in tokens:
        logits, rows = torch.zeros(()), []
        for through_so_many in paths(w, text):
            logits = logits + sum(through_so_many)
            rows.append(losses(logits, text))
        texts.append(torch.stack(rows))
    return torch.stack(texts, dim=1)


def test_a_head_that_copies_worked_by_hand():
    model = AttentionOnly(vocab_size=2, context_length=2, d_model=2, n_layers=1, n_heads=1)
    state = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    state |= {"token_embedding": torch.eye(2), "unembedding": math.log(3) * torch.eye(2)}
    state["w_v"][0, 0] = state["w_o"][0, 0] = torch.eye(2)
    model.load_state_dict(state)
    # Token 1 gives itself a logit of ln 3, and the head gives as much: 3/4, then 9/10.
    expected = torch.tensor([[[math.log(4 / 3)]], [[math.log(10 / 9)]]])
    check.close(term_losses(model, torch.tensor([[1, 1]])), expected)


def test_no_heads_leave_the_direct_path():
    model, w = random_model()
    tokens = check.randint(7, 2, 5, seed=1)
    logits = w["token_embedding"][tokens] @ w["unembedding"]
    expected = torch.stack([losses(*each) for each in zip(logits, tokens, strict=True)])
    check.close(term_losses(model, tokens)[0], expected)


@pytest.mark.parametrize("n_layers", [1, 2, 3])
def test_all_paths_are_the_model_itself(n_layers):
    model, w = random_model(n_layers=n_layers)
    tokens = check.randint(7, 2, 5, seed=2)
    check.close(term_losses(model, tokens)[n_layers], path_by_path(w, tokens)[n_layers])


@pytest.mark.parametrize("n_layers", [2, 3])
def test_a_row_counts_all_paths_through_at_most_so_many_heads(n_layers):
    model, w = random_model(n_layers=n_layers)
    tokens = check.randint(7, 2, 5, seed=3)
    found = term_losses(model, tokens)
    check.close(found, path_by_path(w, tokens), hint="The patterns stay those of the full run.")


def test_as_many_texts_as_heads_and_layers_are_not_mixed_up_with_them():
    model, w = random_model(n_layers=2)
    tokens = check.randint(7, 2, 2, seed=4)
    check.close(term_losses(model, tokens), path_by_path(w, tokens))


def test_a_trained_model_repeats_by_paths_through_one_head():
    model, _ = trained_model()
    found = term_losses(model, two_segments(20))[:, :, 16:].mean(dim=(1, 2))
    check.close(found, torch.tensor([4.27, 0.04, 0.04]), atol=0.01)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, w = random_model()
    tokens = check.randint(7, 2, 5, seed=5)
    check.close(term_losses(model, laid_out(tokens, layout)), path_by_path(w, tokens))


def test_works_on_the_device_of_its_arguments():
    model, w = random_model()
    tokens = check.randint(7, 2, 5, seed=6)
    check.close(elsewhere(term_losses, model, tokens), path_by_path(w, tokens))


def test_float64_is_float64_throughout():
    model, w = random_model(torch.float64)
    tokens = check.randint(7, 2, 5, seed=7)
    check.close(term_losses(model, tokens), path_by_path(w, tokens), rtol=1e-12, atol=1e-12)
