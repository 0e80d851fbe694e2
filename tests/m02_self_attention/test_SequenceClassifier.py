"""SequenceClassifier scores a sequence by the mean of its real tokens, mixed or not.

pytest tests/m02_self_attention/test_SequenceClassifier.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m02_self_attention import SequenceClassifier


def attention(x, mask):
    """Self-attention from PyTorch's parts, with the mask it is given."""
    return F.scaled_dot_product_attention(x, x, x, attn_mask=mask)


def without_padding(tokens, state, mixer=None, pad_id=0):
    """Every row alone, its padding taken out; the same network from PyTorch's parts."""
    means = []
    for row in tokens:
        x = F.embedding(row[row != pad_id], state["embedding.weight"]).unsqueeze(0)
        if mixer is not None and x.size(1):
            x = mixer(x, torch.ones(1, 1, x.size(1), dtype=torch.bool))
        means.append(x.sum(1) / max(1, x.size(1)))
    return F.linear(torch.cat(means), state["head.weight"], state["head.bias"])


def random_state(vocab, d_model, n_classes, dtype=torch.float32):
    parts = {"embedding": nn.Embedding(vocab, d_model), "head": nn.Linear(d_model, n_classes)}
    return check.random_state(nn.ModuleDict(parts).to(dtype), seed=0)


def test_a_bag_of_three_words_worked_by_hand():
    model = SequenceClassifier(vocab_size=4, d_model=1, n_classes=2)
    state = {
        "embedding.weight": torch.tensor([[99.0], [1.0], [2.0], [6.0]]),
        "head.weight": torch.tensor([[1.0], [-2.0]]),
        "head.bias": torch.tensor([0.0, 10.0]),
    }
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3]])
    check.close(model(tokens), torch.tensor([[3.0, 4.0]]))  # the mean of 1, 2 and 6 is 3


def test_padding_is_no_part_of_the_mean():
    model = SequenceClassifier(vocab_size=4, d_model=1, n_classes=2)
    state = {
        "embedding.weight": torch.tensor([[99.0], [1.0], [2.0], [6.0]]),
        "head.weight": torch.tensor([[1.0], [-2.0]]),
        "head.bias": torch.tensor([0.0, 10.0]),
    }
    model.load_state_dict(state)
    tokens = torch.tensor([[2, 3, 0, 0], [0, 1, 0, 1]])
    check.close(model(tokens), torch.tensor([[4.0, 2.0], [1.0, 8.0]]))


def test_the_mean_of_a_row_that_is_all_padding_is_zero():
    model = SequenceClassifier(5, 3, 2)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = torch.tensor([[0, 0, 0, 0], [1, 4, 0, 0]])
    check.close(model(tokens), without_padding(tokens, state))


def test_parameters_have_the_documented_names_and_shapes():
    model = SequenceClassifier(vocab_size=7, d_model=4, n_classes=3)
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    expected = {"embedding.weight": (7, 4), "head.bias": (3,), "head.weight": (3, 4)}
    check.equal(dict(sorted(shapes.items())), expected)


def test_padding_is_the_id_it_is_told():
    model = SequenceClassifier(5, 3, 2, mixer=attention, pad_id=4)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = torch.tensor([[0, 2, 4, 4], [1, 0, 3, 4]])
    check.close(model(tokens), without_padding(tokens, state, attention, pad_id=4))


@given(
    batch=st.integers(1, 4),
    seq=st.integers(1, 5),
    d_model=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_agrees_with_every_row_read_alone_on_any_size(batch, seq, d_model, seed):
    model = SequenceClassifier(3, d_model, 2).double()
    state = random_state(3, d_model, 2, torch.float64)
    model.load_state_dict(state)
    tokens = check.randint(3, batch, seq, seed=seed)
    check.close(model(tokens), without_padding(tokens, state))


def test_what_is_scored_is_what_the_mixer_returns():
    def mixer(x, mask):
        return 3 * x + 1

    model = SequenceClassifier(5, 3, 2, mixer=mixer)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3, 0], [4, 4, 0, 0]])
    check.close(model(tokens), without_padding(tokens, state, mixer))


def test_the_mixer_is_given_the_embedded_tokens_in_their_order():
    given = []

    def mixer(x, mask):
        given.append(x)
        return x

    model = SequenceClassifier(5, 3, 2, mixer=mixer)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3, 4], [4, 3, 1, 1]])
    model(tokens)
    check.close(torch.cat(given), F.embedding(tokens, state["embedding.weight"]))


def test_the_mixer_is_given_a_mask_that_is_true_for_real_keys():
    given = []

    def mixer(x, mask):
        given.append(mask)
        return x

    model = SequenceClassifier(5, 3, 2, mixer=mixer)
    model(torch.tensor([[1, 2, 0, 0], [3, 4, 1, 0], [2, 0, 1, 1]]))
    expected = [[[True, True, False, False]], [[True, True, True, False]]]
    expected += [[[True, False, True, True]]]
    check.close(torch.cat(given), torch.tensor(expected), hint="The mask is (batch, 1, seq).")


def test_the_mixer_is_given_the_mask_where_there_is_no_padding_too():
    given = []

    def mixer(x, mask):
        given.append(mask)
        return x

    model = SequenceClassifier(5, 3, 2, mixer=mixer)
    model(torch.tensor([[1, 2, 4], [3, 4, 1]]))
    check.close(torch.cat(given), torch.ones(2, 1, 3, dtype=torch.bool))


@given(padding=st.integers(0, 3), in_front=st.booleans())
def test_padding_never_changes_a_prediction(padding, in_front):
    model = SequenceClassifier(5, 3, 2, mixer=attention)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    real = torch.tensor([[3, 1, 4], [2, 2, 1]])
    tokens = F.pad(real, (padding, 0) if in_front else (0, padding))
    check.close(model(tokens), without_padding(real, state, attention))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_tokens_in_memory_does_not_matter(layout):
    model = SequenceClassifier(5, 3, 2)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = laid_out(check.randint(5, 4, 6, seed=1), layout)
    check.close(model(tokens), without_padding(tokens, state))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_in_memory_of_what_the_mixer_returns_does_not_matter(layout):
    def mixer(x, mask):
        return laid_out(2 * x, layout)

    model = SequenceClassifier(5, 3, 2, mixer=mixer)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3, 0], [1, 2, 3, 0]])
    check.close(model(tokens), without_padding(tokens, state, lambda x, mask: 2 * x))


def test_works_on_the_device_of_its_parameters():
    model = SequenceClassifier(5, 3, 2, mixer=attention)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3, 0], [4, 4, 0, 0]])
    check.close(elsewhere(model, tokens), without_padding(tokens, state, attention))


def test_float64_is_float64_throughout():
    model = SequenceClassifier(5, 3, 2).double()
    state = random_state(5, 3, 2, torch.float64)
    state["embedding.weight"] *= 1e40  # too large for float32
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3, 0], [4, 4, 1, 2]])
    check.close(model(tokens), without_padding(tokens, state))


def test_a_row_can_have_hundreds_of_tokens():
    model = SequenceClassifier(5, 3, 2)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = 1 + check.randint(4, 2, 301, seed=2)
    tokens[1, 257:] = 0
    check.close(model(tokens), without_padding(tokens, state))


def test_what_the_mixer_makes_of_padding_does_not_count():
    def mixer(x, mask):
        return torch.where(mask.mT, x, 1e6)

    model = SequenceClassifier(5, 3, 2, mixer=mixer)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 0, 0], [3, 4, 1, 0], [0, 0, 0, 0]])
    check.close(model(tokens), without_padding(tokens, state))


def test_padding_that_the_mixer_makes_nan_does_not_count():
    def mixer(x, mask):
        scores = (x @ x.mT).masked_fill(~mask, -torch.inf)
        return torch.softmax(scores, -1) @ x  # 0/0 in a row that is all padding

    model = SequenceClassifier(5, 3, 2, mixer=mixer)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 0, 0], [0, 0, 0, 0]])
    check.close(model(tokens), without_padding(tokens, state, mixer))


def test_a_mixer_with_parameters_learns_with_the_rest():
    model = SequenceClassifier(5, 3, 2, mixer=nn.Linear(3, 3, bias=False))
    names = sorted(name for name, _ in model.named_parameters())
    check.equal(names, ["embedding.weight", "head.bias", "head.weight", "mixer.weight"])


def test_every_parameter_learns():
    model = SequenceClassifier(5, 3, 2, mixer=attention)
    state = random_state(5, 3, 2)
    model.load_state_dict(state)
    tokens, targets = torch.tensor([[1, 2, 3, 0], [4, 4, 0, 0]]), torch.tensor([1, 0])
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    F.cross_entropy(without_padding(tokens, leaves, attention), targets).backward()
    F.cross_entropy(model(tokens), targets).backward()
    check.close(model.embedding.weight.grad, leaves["embedding.weight"].grad)
    check.close(model.head.weight.grad, leaves["head.weight"].grad)
    check.close(model.head.bias.grad, leaves["head.bias"].grad)


def test_leaves_the_tokens_alone():
    model = SequenceClassifier(5, 3, 2, pad_id=4)
    tokens = torch.tensor([[1, 2, 4]])
    model(tokens)
    check.close(tokens, torch.tensor([[1, 2, 4]]), hint="A forward never writes to the tokens.")
