"""TransformerBlock adds to the stream what attention and MLP find in a normalised copy of it.

pytest tests/m04_transformer_block/test_TransformerBlock.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m04_transformer_block import TransformerBlock
from tests.m04_transformer_block.blocks import a_mask, only, pytorchs, random_state, shapes_of


def test_two_numbers_worked_by_hand():
    block = TransformerBlock(d_model=2, n_heads=1, d_hidden=1).eval()
    state = {name: torch.zeros(shape) for name, shape in shapes_of(2, 1).items()}
    state["attention_norm.weight"] = state["mlp_norm.weight"] = torch.ones(2)
    state["attention.v_proj.weight"] = torch.eye(2)
    state["attention.o_proj.weight"] = 2 * torch.eye(2)
    state["mlp.up.weight"] = torch.tensor([[0.0, 1.0]])
    state["mlp.down.weight"] = torch.tensor([[1.0], [0.0]])
    state["mlp.down.bias"] = torch.tensor([0.0, 1.0])
    block.load_state_dict(state)
    x = torch.tensor([[[1.0, 3.0]]])  # normalised [-1, 1]; twice that is added: [-1, 5]
    # Normalised again [-1, 1]: the MLP adds [gelu(1), 1].
    check.close(block(x), torch.tensor([[[-0.158808, 6.0]]]), atol=1e-4)


def test_leaves_its_input_alone():
    block = TransformerBlock(6, 2, 5)
    x = check.randn(3, 4, 6, seed=8)
    before = x.clone()
    block(x)
    same = torch.equal(x, before)
    check.equal(same, True, hint="A block never writes to its input.")


def test_parameters_have_the_documented_names_and_shapes():
    block = TransformerBlock(d_model=6, n_heads=2, d_hidden=5)
    shapes = {name: tuple(value.shape) for name, value in block.state_dict().items()}
    check.equal(dict(sorted(shapes.items())), dict(sorted(shapes_of(6, 5).items())))
    check.equal(len(list(block.parameters())), 16, hint="Each is a parameter of its own.")


def test_the_mlp_is_four_times_as_wide_where_nothing_is_said():
    block = TransformerBlock(d_model=6, n_heads=2)
    check.equal(tuple(block.mlp.up.weight.shape), (24, 6))


def test_sublayers_that_find_nothing_leave_the_stream_as_it_was():
    block = TransformerBlock(d_model=6, n_heads=2, d_hidden=5).eval()
    state = random_state(6, 5)
    for name in ("attention.o_proj", "mlp.down"):
        state[f"{name}.weight"].zero_()
        state[f"{name}.bias"].zero_()
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=0)
    check.close(block(x), x.clone(), hint="x itself travels on; the sublayers only add to it.")


def test_under_a_causal_mask_no_position_sees_a_later_one_or_another_text():
    block = TransformerBlock(6, 2, 5).double().eval()
    block.load_state_dict(random_state(6, 5, torch.float64))
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    x = check.randn(2, 4, 6, seed=6, dtype=torch.float64)
    check.sees(lambda x: block(x, mask), x, past(batch=2, seq=4))


@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 7)),
    heads=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    masked=st.booleans(),
    seed=st.integers(0, 9),
)
def test_agrees_with_pytorch_on_any_size(sizes, heads, masked, seed):
    (batch, seq, d_hidden), (n_heads, d_head) = sizes, heads
    d_model = n_heads * d_head
    block = TransformerBlock(d_model, n_heads, d_hidden).double().eval()
    state = random_state(d_model, d_hidden, torch.float64)
    block.load_state_dict(state)
    x = check.randn(batch, d_model, seq, seed=seed, dtype=torch.float64).mT  # not contiguous
    mask = a_mask(batch, seq, seq, seed=seed) if masked else None
    check.close(block(x, mask), pytorchs(state, x, n_heads, mask))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    block = TransformerBlock(6, 2, 5).double().eval()
    state = random_state(6, 5, torch.float64)
    block.load_state_dict(state)
    x = laid_out(check.randn(3, 4, 6, seed=10, dtype=torch.float64), layout)
    mask = laid_out(a_mask(3, 4, 4, seed=11), layout)
    check.close(block(x, mask), pytorchs(state, x, 2, mask))


@pytest.mark.parametrize("masked", [True, False])
def test_works_on_the_device_of_its_arguments(masked):
    block = TransformerBlock(6, 2, 5).double().eval()
    state = random_state(6, 5, torch.float64)
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=12, dtype=torch.float64)
    mask = a_mask(3, 4, 4, seed=13) if masked else None
    check.close(elsewhere(block, x, mask), pytorchs(state, x, 2, mask))


def test_float64_keeps_its_digits():
    block = TransformerBlock(6, 2, 5).double().eval()
    state = random_state(6, 5, torch.float64)
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=14, dtype=torch.float64)
    right = pytorchs(state, x, 2)
    check.close(block(x), right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(4, 4), (3, 4, 4), (3, 1, 4), (1, 4, 4), (4,)])
def test_a_mask_is_taken_as_attention_takes_it(shape):
    block = TransformerBlock(6, 2, 5, dropout=0.0)
    state = random_state(6, 5)
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=1)
    mask = check.randint(2, *shape, seed=2) == 0
    mask[..., 1] = True
    check.close(block(x, mask), pytorchs(state, x, 2, mask), atol=1e-4)


def test_its_gradients_agree_with_pytorch():
    block = TransformerBlock(6, 3, 5).double().eval()
    state = random_state(6, 5, torch.float64)
    block.load_state_dict(state)
    x = check.randn(2, 4, 6, seed=3, dtype=torch.float64)
    pick = check.randn(2, 4, 6, seed=4, dtype=torch.float64)
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    right = x.clone().requires_grad_()
    (pytorchs(leaves, right, 3, mask) * pick).sum().backward()
    inputs = x.clone().requires_grad_()
    (block(inputs, mask) * pick).sum().backward()
    check.close(inputs.grad, right.grad)
    for name in leaves:
        check.close(block.get_parameter(name).grad, leaves[name].grad)


def test_nothing_is_dropped_where_nothing_is_said():
    block = TransformerBlock(d_model=20, n_heads=4)
    state = {name: torch.zeros(shape) for name, shape in shapes_of(20, 80).items()}
    state["attention.o_proj.bias"] = torch.ones(20)
    block.load_state_dict(state)
    as_in_eval = block(torch.zeros(3, 10, 20)) == 1
    check.equal(bool(as_in_eval.all()), True, hint="dropout is 0.0 if nothing is said.")


def test_dropout_zeroes_and_scales_what_each_sublayer_adds():
    block = TransformerBlock(d_model=20, n_heads=4, d_hidden=5, dropout=0.2)
    state = random_state(20, 5)
    state["attention.o_proj.weight"].zero_()
    state["mlp.down.weight"].zero_()
    state["attention.o_proj.bias"] = torch.ones(20)  # attention finds 1, the MLP 10 everywhere
    state["mlp.down.bias"] = torch.full((20,), 10.0)
    block.load_state_dict(state)
    x = 7 * torch.ones(3, 10, 20)
    found = block(x).detach().round(decimals=4).unique()
    hint = "Two sublayers, each dropped or scaled up: four different sums."
    check.equal(len(found) <= 4, True, hint=hint)
    check.close(found, torch.tensor([7.0, 8.25, 19.5, 20.75]), hint=hint)


@pytest.mark.parametrize("part", ["attention", "attention_weights", "mlp", "hidden_layer"])
def test_dropout_stays_outside_of(part):
    block = TransformerBlock(6, 2, 5, dropout=0.5)
    state = only(part, random_state(6, 5))
    block.load_state_dict(state)
    x = check.randn(5, 8, 6, seed=5)
    added = pytorchs(state, x, 2) - x
    out = block(x)
    drawn = torch.isclose(out, x, atol=1e-4) | torch.isclose(out, x + 2 * added, atol=1e-4)
    in_eval = torch.isclose(out, x + added, atol=1e-4)
    found = "dropped or doubled" if drawn.all() else "something else"
    found = "nothing dropped" if in_eval.all() else found
    check.equal(found, "dropped or doubled", hint="This is about each number that is added to x.")


def test_in_eval_nothing_is_dropped():
    block = TransformerBlock(6, 2, 5, dropout=0.5).eval()
    state = random_state(6, 5)
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=6)
    mask = a_mask(4, 4, seed=7)
    same = torch.equal(block(x, mask), block(x, mask))
    check.equal(same, True, hint="In eval the same x gives the same answer.")
    check.close(block(x, mask), pytorchs(state, x, 2, mask), atol=1e-4)


def test_leaves_its_mask_alone():
    block = TransformerBlock(6, 2)
    mask = torch.tensor([[True, True, False], [True, False, True]]).unsqueeze(1)
    before = mask.clone()
    block(check.randn(2, 3, 6, seed=9), mask)
    check.close(mask, before, hint="A block never writes to its mask.")
