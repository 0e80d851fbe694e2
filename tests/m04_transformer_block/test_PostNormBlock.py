"""PostNormBlock lets each sublayer read x itself, and normalises the sum.

pytest tests/m04_transformer_block/test_PostNormBlock.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m04_transformer_block import PostNormBlock
from tests.m04_transformer_block.blocks import a_mask, only, pytorchs, random_state, shapes_of


def attention(state, x):
    """One head of attention from PyTorch's parts, without norm and residual."""
    q, k, v, o = (
        (state[f"attention.{part}_proj.weight"], state[f"attention.{part}_proj.bias"])
        for part in "qkvo"
    )
    out = F.scaled_dot_product_attention(F.linear(x, *q), F.linear(x, *k), F.linear(x, *v))
    return F.linear(out, *o)


def mlp(state, x):
    """The MLP from PyTorch's parts, without norm and residual."""
    hidden = F.linear(x, state["mlp.up.weight"], state["mlp.up.bias"])
    hidden = F.gelu(hidden, approximate="tanh")
    return F.linear(hidden, state["mlp.down.weight"], state["mlp.down.bias"])


def drawn(n):
    """Every mask that dropout can draw for n numbers with p = 1/2: 0 or 2 for each."""
    return 2 * torch.cartesian_prod(*[torch.arange(2.0)] * n)


def rows(out):
    """The different positions in a tensor, sorted."""
    return out.detach().flatten(0, -2).round(decimals=3).unique(dim=0)


def test_two_numbers_worked_by_hand():
    block = PostNormBlock(d_model=2, n_heads=1, d_hidden=1).eval()
    state = {name: torch.zeros(shape) for name, shape in shapes_of(2, 1).items()}
    state["attention_norm.weight"], state["mlp_norm.weight"] = torch.ones(2), 3 * torch.ones(2)
    state["attention.v_proj.weight"] = torch.eye(2)
    state["attention.o_proj.weight"] = 2 * torch.eye(2)
    state["mlp.up.weight"] = torch.tensor([[0.0, 1.0]])
    state["mlp.down.bias"] = torch.tensor([5.0, 0.0])
    block.load_state_dict(state)
    x = torch.tensor([[[1.0, 3.0]]])  # and twice itself: [3, 9], normalised [-1, 1]
    # The MLP adds [5, 0]: [4, 1], normalised [1, -1], times 3.
    check.close(block(x), torch.tensor([[[3.0, -3.0]]]), atol=1e-4)


def test_leaves_its_input_alone():
    block = PostNormBlock(6, 2, 5)
    x = check.randn(3, 4, 6, seed=8)
    before = x.clone()
    block(x)
    same = torch.equal(x, before)
    check.equal(same, True, hint="A block never writes to its input.")


def test_parameters_have_the_names_and_shapes_of_transformer_block():
    block = PostNormBlock(d_model=6, n_heads=2, d_hidden=5)
    shapes = {name: tuple(value.shape) for name, value in block.state_dict().items()}
    check.equal(dict(sorted(shapes.items())), dict(sorted(shapes_of(6, 5).items())))
    check.equal(len(list(block.parameters())), 16, hint="Each is a parameter of its own.")


def test_what_comes_out_is_normalised():
    block = PostNormBlock(d_model=6, n_heads=2, d_hidden=5).eval()
    state = random_state(6, 5)
    state["mlp_norm.weight"], state["mlp_norm.bias"] = torch.ones(6), torch.zeros(6)
    block.load_state_dict(state)
    out = block(5 + check.randn(3, 4, 6, seed=0))
    check.close(out.mean(-1), torch.zeros(3, 4), atol=1e-4)
    check.close(out.var(-1, correction=0), torch.ones(3, 4), rtol=1e-2)


def test_under_a_causal_mask_no_position_sees_a_later_one_or_another_text():
    block = PostNormBlock(6, 2, 5).double().eval()
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
    block = PostNormBlock(d_model, n_heads, d_hidden).double().eval()
    state = random_state(d_model, d_hidden, torch.float64)
    block.load_state_dict(state)
    x = check.randn(batch, d_model, seq, seed=seed, dtype=torch.float64).mT  # not contiguous
    mask = a_mask(batch, seq, seq, seed=seed) if masked else None
    check.close(block(x, mask), pytorchs(state, x, n_heads, mask, norm_first=False))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    block = PostNormBlock(6, 2, 5).double().eval()
    state = random_state(6, 5, torch.float64)
    block.load_state_dict(state)
    x = laid_out(check.randn(3, 4, 6, seed=10, dtype=torch.float64), layout)
    mask = laid_out(a_mask(3, 4, 4, seed=11), layout)
    check.close(block(x, mask), pytorchs(state, x, 2, mask, norm_first=False))


@pytest.mark.parametrize("masked", [True, False])
def test_works_on_the_device_of_its_arguments(masked):
    block = PostNormBlock(6, 2, 5).double().eval()
    state = random_state(6, 5, torch.float64)
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=12, dtype=torch.float64)
    mask = a_mask(3, 4, 4, seed=13) if masked else None
    check.close(elsewhere(block, x, mask), pytorchs(state, x, 2, mask, norm_first=False))


def test_float64_keeps_its_digits():
    block = PostNormBlock(6, 2, 5).double().eval()
    state = random_state(6, 5, torch.float64)
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=14, dtype=torch.float64)
    right = pytorchs(state, x, 2, norm_first=False)
    check.close(block(x), right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(4, 4), (3, 4, 4), (3, 1, 4), (1, 4, 4), (4,)])
def test_a_mask_is_taken_as_attention_takes_it(shape):
    block = PostNormBlock(6, 2, 5, dropout=0.0)
    state = random_state(6, 5)
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=1)
    mask = check.randint(2, *shape, seed=2) == 0
    mask[..., 1] = True
    check.close(block(x, mask), pytorchs(state, x, 2, mask, norm_first=False))


def test_its_gradients_agree_with_pytorch():
    block = PostNormBlock(6, 3, 5).double().eval()
    state = random_state(6, 5, torch.float64)
    block.load_state_dict(state)
    x = check.randn(2, 4, 6, seed=3, dtype=torch.float64)
    pick = check.randn(2, 4, 6, seed=4, dtype=torch.float64)
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    right = x.clone().requires_grad_()
    (pytorchs(leaves, right, 3, mask, norm_first=False) * pick).sum().backward()
    inputs = x.clone().requires_grad_()
    (block(inputs, mask) * pick).sum().backward()
    check.close(inputs.grad, right.grad)
    for name in leaves:
        check.close(block.get_parameter(name).grad, leaves[name].grad)


@pytest.mark.parametrize("sublayer", ["attention", "mlp"])
def test_dropout_is_on_what_is_added_before_the_sum_is_normalised(sublayer):
    block = PostNormBlock(3, 1, 5, dropout=0.5)
    state = {name: torch.zeros(shape) for name, shape in shapes_of(3, 5).items()}
    state["attention_norm.weight"] = state["mlp_norm.weight"] = torch.ones(3)
    added = torch.tensor([2.0, 3.0, 5.0])
    state[{"attention": "attention.o_proj.bias", "mlp": "mlp.down.bias"}[sublayer]] = added
    block.load_state_dict(state)
    x = torch.tensor([-1.0, 2.0, 0.0])
    stream = x if sublayer == "attention" else F.layer_norm(x, (3,))
    eight = F.layer_norm(stream + drawn(3) * added, (3,))
    if sublayer == "attention":
        eight = F.layer_norm(eight, (3,))
    out = block(x.expand(5, 40, 3))
    hint = "Three numbers are dropped or doubled: eight different sums, each of them normalised."
    check.close(rows(out), rows(eight), atol=1e-3, hint=hint)


@pytest.mark.parametrize("part", ["attention", "attention_weights", "mlp", "hidden_layer"])
def test_dropout_stays_outside_of(part):
    block = PostNormBlock(3, 1, 5, dropout=0.5)
    state = only(part, random_state(3, 5))
    block.load_state_dict(state)
    x = check.randn(5, 8, 3, seed=5)
    first = (3,), state["attention_norm.weight"], state["attention_norm.bias"]
    last = (3,), state["mlp_norm.weight"], state["mlp_norm.bias"]
    masks = drawn(3)[:, None, None]  # the eight ways to drop or double three numbers
    if part.startswith("attention"):
        eight = F.layer_norm(F.layer_norm(x + masks * attention(state, x), *first), *last)
    else:
        stream = F.layer_norm(x, *first)
        eight = F.layer_norm(stream + masks * mlp(state, stream), *last)
    out = block(x)
    as_drawn = torch.isclose(out, eight, rtol=0.0, atol=1e-3).all(-1).any(0)
    in_eval = torch.isclose(out, pytorchs(state, x, 1, norm_first=False), rtol=0.0, atol=1e-3)
    found = "dropped or doubled" if as_drawn.all() else "something else"
    found = "nothing dropped" if in_eval.all() else found
    check.equal(found, "dropped or doubled", hint="This is about each number that is added to x.")


def test_in_eval_nothing_is_dropped():
    block = PostNormBlock(6, 2, 5, dropout=0.5).eval()
    state = random_state(6, 5)
    block.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=6)
    mask = a_mask(4, 4, seed=7)
    same = torch.equal(block(x, mask), block(x, mask))
    check.equal(same, True, hint="In eval the same x gives the same answer.")
    check.close(block(x, mask), pytorchs(state, x, 2, mask, norm_first=False))


def test_leaves_its_mask_alone():
    block = PostNormBlock(6, 2)
    mask = torch.tensor([[True, True, False], [True, False, True]]).unsqueeze(1)
    before = mask.clone()
    block(check.randn(2, 3, 6, seed=9), mask)
    check.close(mask, before, hint="A block never writes to its mask.")
