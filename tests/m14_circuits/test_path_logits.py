"""path_logits takes the logits of one layer apart: straight through, and through each head.

pytest tests/m14_circuits/test_path_logits.py
"""

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m14_circuits import AttentionOnly, path_logits
from tests.m14_circuits.oracle import paths, random_model

# In these tests: 2 texts of 5 tokens, 4 heads of width 3, 7 tokens and 6 places.
SIZES = {"n_layers": 1, "n_heads": 4, "d_model": 12}


def expected(w, tokens):
    """The direct path, "batch seq vocab", and those through a head, "heads batch seq vocab"."""
    direct, through = zip(*(paths(w, text) for text in tokens), strict=True)
    heads = torch.stack([torch.stack(of_a_text) for of_a_text in through], dim=1)
    return torch.stack([logits for (logits,) in direct]), heads


def agree(found, due, **tolerances):
    check.equal(len(found), 2, hint="(direct, heads)")
    for name, mine, right in zip(("direct path", "heads"), found, due, strict=True):
        check.close(mine, right, hint=f"The logits of the {name}.", **tolerances)


def test_a_head_that_attends_evenly_worked_by_hand():
    model = AttentionOnly(vocab_size=2, context_length=2, d_model=2, n_layers=1, n_heads=1)
    state = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    state |= {
        "token_embedding": torch.eye(2),
        "unembedding": torch.tensor([[1.0, 2.0], [3.0, 5.0]]),
    }
    state["w_v"][0, 0] = 4 * torch.eye(2)
    state["w_o"][0, 0] = torch.eye(2)
    model.load_state_dict(state)
    direct, heads = path_logits(model, torch.tensor([[1, 0]]))
    check.close(direct, torch.tensor([[[3.0, 5.0], [1.0, 2.0]]]))
    # Place 0 attends to token 1, place 1 to both by halves, and each counts four times.
    check.close(heads, torch.tensor([[[[12.0, 20.0], [8.0, 14.0]]]]))


def test_each_path_is_there_by_itself():
    model, w = random_model(**SIZES)
    tokens = check.randint(7, 2, 5, seed=1)
    agree(path_logits(model, tokens), expected(w, tokens))


def test_together_they_are_the_logits():
    model, w = random_model(**SIZES)
    tokens = check.randint(7, 3, 6, seed=2)
    direct, heads = path_logits(model, tokens)
    logits = sum(expected(w, tokens)[1], expected(w, tokens)[0])
    check.close(direct + heads.sum(dim=0), logits)


def test_as_many_texts_as_heads_are_not_mixed_up_with_them():
    model, w = random_model(**SIZES)
    tokens = check.randint(7, 4, 3, seed=3)
    agree(path_logits(model, tokens), expected(w, tokens))


def test_the_direct_path_knows_no_places():
    model, w = random_model(**SIZES)
    tokens = torch.tensor([[3, 3, 3]])
    direct, _ = path_logits(model, tokens)
    check.close(direct, (w["token_embedding"][3] @ w["unembedding"]).expand(1, 3, 7))


@pytest.mark.parametrize("n_layers", [2, 3])
def test_more_layers_are_an_error_that_names_their_number(n_layers):
    model, _ = random_model(n_layers=n_layers)
    check.raises(ValueError, path_logits, model, torch.tensor([[1, 4]]), names=(n_layers,))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, w = random_model(**SIZES)
    tokens = check.randint(7, 2, 5, seed=4)
    agree(path_logits(model, laid_out(tokens, layout)), expected(w, tokens))


def test_works_on_the_device_of_its_arguments():
    model, w = random_model(**SIZES)
    tokens = check.randint(7, 2, 5, seed=5)
    agree(elsewhere(path_logits, model, tokens), expected(w, tokens))


def test_float64_is_float64_throughout():
    model, w = random_model(torch.float64, **SIZES)
    tokens = check.randint(7, 2, 5, seed=6)
    agree(path_logits(model, tokens), expected(w, tokens), rtol=1e-12, atol=1e-12)
