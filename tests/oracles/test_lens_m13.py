"""Looking inside, as TransformerLens does it: the same weights, and each of m13's exercises.

nox -s oracles; or .venv-oracles/bin/python -m pytest tests/oracles/test_lens_m13.py
"""

from functools import partial

import pytest
import torch
from transformer_lens import patching
from transformer_lens.tools.analysis import direct_logit_attribution

from tests.oracles import bridge

SIZES = {  # vocab_size, context_length, d_model, n_layers, n_heads
    "one layer": (13, 9, 8, 1, 2),
    "deep": (17, 6, 12, 4, 3),
    "one head": (23, 8, 10, 2, 1),
    "narrow heads": (11, 7, 15, 2, 5),
}
pytestmark = pytest.mark.timeout(300)  # a run with hooks takes them 10 ms
RIGHT, WRONG = torch.tensor([1, 2, 3]), torch.tensor([4, 0, 7])  # a token for each row


@pytest.fixture(scope="module")
def inside(reference):
    return reference("m13_inside")


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def pair(request, reference):
    """The GPT, a bridge with its weights, and two batches of tokens."""
    m05 = reference("m05_gpt")
    sizes = m05.GPTConfig(*request.param)
    ours = bridge.drawn(m05.GPT(sizes), seed=0)
    generator = torch.Generator().manual_seed(1)
    shape = (2, len(RIGHT), sizes.context_length - 1)
    texts = torch.randint(sizes.vocab_size, shape, generator=generator)
    return ours, bridge.of_gpt(ours), *texts


@pytest.fixture
def float64_by_default():
    """TransformerLens keeps a grid of patches in the default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def cached(theirs, tokens):
    return theirs.run_with_cache(tokens)[1]


def where(layers):
    """Every layer and head."""
    return [(layer, head) for layer in range(layers.n_layers) for head in range(layers.n_heads)]


def test_the_logits_agree(pair, agree):
    ours, theirs, tokens, _ = pair
    for seq in (1, 2, tokens.size(1)):
        agree(ours(tokens[:, :seq]), theirs(tokens[:, :seq]))


def test_a_cache_holds_the_same_under_names_that_correspond(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    logits, found = inside.run_with_cache(ours, tokens)
    expected, cache = theirs.run_with_cache(tokens)
    agree(logits, expected)
    names = {name: f"{bridge.theirs(name)}.hook_out" for name in found}
    names["dropout"] = "blocks.0.hook_resid_pre"
    for layer in range(ours.config.n_layers):  # the last dropout of a block is that of its MLP
        names[f"blocks.{layer}.dropout"] = f"blocks.{layer}.hook_mlp_out"
    assert names.keys() == {name for name, _ in ours.named_modules()} - {"", "blocks"}
    for name, their in names.items():
        right = cache[their]
        agree(found[name].expand(right.flatten(2).shape), right.flatten(2))


@pytest.mark.parametrize(
    ("name", "their"),
    [
        ("token_embedding", "hook_embed"),
        ("blocks.0", "blocks.0.hook_resid_post"),
        ("blocks.0.attention", "blocks.0.hook_attn_out"),
        ("blocks.0.attention_norm", "blocks.0.ln1.hook_out"),
        ("blocks.0.mlp.up", "blocks.0.mlp.hook_pre"),
        ("final_norm", "ln_final.hook_out"),
    ],
)
def test_a_hook_changes_the_same(inside, pair, agree, name, their):
    ours, theirs, tokens, _ = pair
    change = partial(torch.flip, dims=[0, 2])
    found = inside.run_with_hooks(ours, tokens, {name: change, "blocks.0.mlp": lambda _: None})
    hooks = [(their, lambda output, hook: change(output))]
    agree(found, theirs.run_with_hooks(tokens, fwd_hooks=hooks))
    assert not torch.allclose(found, ours(tokens))


def test_the_patterns_agree(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    expected = cached(theirs, tokens).stack_activation("pattern")
    agree(inside.attention_patterns(ours, tokens), expected)


def test_the_stream_is_the_accumulated_one(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    agree(inside.residual_stream(ours, tokens), cached(theirs, tokens).accumulated_resid())


def test_both_logit_lenses_of_theirs_see_the_same(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    found, cache = inside.logit_lens(ours, tokens), cached(theirs, tokens)
    every = torch.arange(ours.config.vocab_size)  # else no values are kept
    agree(found, cache.logit_lens(positions=None, vocab=every).values)
    normed = cache.apply_ln_to_stack(cache.accumulated_resid(), recompute_ln=True)
    agree(found, normed @ theirs.W_U)


def test_the_heads_write_the_same(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    found = [inside.head_outputs(ours, tokens, n) for n in range(ours.config.n_layers)]
    stacked = torch.cat([heads.transpose(0, 1) for heads in found])
    agree(stacked, cached(theirs, tokens).stack_head_results())


def test_the_parts_of_the_stream_are_the_same(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    names, parts = inside.decompose(ours, tokens)
    expected, labels = cached(theirs, tokens).decompose_resid(return_labels=True)
    assert labels[:2] == ["embed", "pos_embed"]
    agree(parts, torch.stack([expected[0] + expected[1], *expected[2:]]))
    translated = [n.replace(".attention", "_attn_out").replace(".mlp", "_mlp_out") for n in names]
    assert translated[1:] == labels[2:]


def test_with_heads_the_parts_are_those_of_the_full_decomposition(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    parts = dict(zip(*inside.decompose(ours, tokens, heads=True), strict=True))
    cache = cached(theirs, tokens)
    stack, labels = cache.get_full_resid_decomposition(expand_neurons=False, return_labels=True)
    expected = dict(zip(labels, stack, strict=True))
    found = {f"L{n}H{h}": parts.pop(f"{n}.attention.{h}") for n, h in where(ours.config)}
    found |= {f"{n}_mlp_out": parts.pop(f"{n}.mlp") for n in range(ours.config.n_layers)}
    found["embedding"] = parts.pop("embedding")
    found["bias"] = sum(parts.values())  # what is left; they add the biases of all layers up
    expected["embedding"] = expected.pop("embed") + expected.pop("pos_embed")
    agree(found, expected)


@pytest.mark.parametrize("heads", [False, True])
def test_shares_are_the_scaled_parts_times_the_norms_weight(inside, pair, agree, heads):
    ours, theirs, tokens, _ = pair
    direction = (theirs.W_U[:, RIGHT] - theirs.W_U[:, WRONG]).T  # (batch, d_model)
    cache = cached(theirs, tokens)
    for each in (direction, direction[0]):
        names, found = inside.attribute_logits(ours, tokens, each, heads)
        scaled = cache.apply_ln_to_stack(inside.decompose(ours, tokens, heads)[1])
        agree(found, (scaled * theirs.ln_final.weight * each.unsqueeze(-2)).sum(-1))
        assert len(names) == len(found)


def test_shares_are_their_attribution_once_the_norms_are_folded(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    theirs.enable_compatibility_mode(disable_warnings=True, fold_value_biases=False)
    agree = partial(agree, atol=1e-5)  # they fold in float32
    answers = {"answer_tokens": RIGHT, "incorrect_tokens": WRONG, "pos": None}
    expected = direct_logit_attribution(theirs, tokens, **answers).attribution
    token = ours.token_embedding.weight.detach()
    _, found = inside.attribute_logits(ours, tokens, token[RIGHT] - token[WRONG])
    agree(found, torch.cat([expected[:2].sum(0, keepdim=True), expected[2:]]))
    by_head = direct_logit_attribution(theirs, tokens, unit="head", **answers)
    names, found = inside.attribute_logits(ours, tokens, token[RIGHT] - token[WRONG], heads=True)
    for (layer, head), right in zip(where(ours.config), by_head.attribution[:-1], strict=True):
        agree(found[names.index(f"{layer}.attention.{head}")], right)


@pytest.mark.parametrize("mean", [False, True])
def test_a_run_without_a_head_agrees(inside, pair, agree, mean):
    ours, theirs, tokens, _ = pair
    for layer, head in where(ours.config):

        def ablate(z, hook, head=head):
            z[:, :, head] = z[:, :, head].mean((0, 1)) if mean else 0
            return z

        right = theirs.run_with_hooks(tokens, fwd_hooks=[(f"blocks.{layer}.attn.hook_z", ablate)])
        agree(inside.ablate_head(ours, tokens, layer, head, mean), right)


def test_a_patched_stream_gives_the_same_logits(inside, pair, agree):
    ours, theirs, corrupt, clean = pair
    stream = cached(theirs, clean).accumulated_resid()
    for layer in range(ours.config.n_layers + 1):
        last = layer == ours.config.n_layers
        name = "ln_final.hook_in" if last else f"blocks.{layer}.hook_resid_pre"
        for position in range(corrupt.size(1)):

            def patch(read, hook, layer=layer, position=position):
                read[:, position] = stream[layer, :, position]
                return read

            right = theirs.run_with_hooks(corrupt, fwd_hooks=[(name, patch)])
            agree(inside.patch_stream(ours, corrupt, clean, layer, position), right)


def test_a_patched_head_gives_the_same_logits(inside, pair, agree):
    ours, theirs, corrupt, clean = pair
    cache = cached(theirs, clean)
    for layer, head in where(ours.config):

        def patch(z, hook, head=head):
            z[:, :, head] = cache[hook.name][:, :, head]
            return z

        right = theirs.run_with_hooks(corrupt, fwd_hooks=[(f"blocks.{layer}.attn.hook_z", patch)])
        agree(inside.patch_head(ours, corrupt, clean, layer, head), right)


def test_both_grids_are_those_of_theirs_counted_from_corrupt_to_clean(
    inside, pair, agree, float64_by_default
):
    ours, theirs, corrupt, clean = pair
    metric = partial(inside.logit_difference, right=RIGHT, wrong=WRONG)
    low, high = metric(theirs(corrupt)), metric(theirs(clean))

    def measured(sweep):
        found = sweep(theirs, corrupt, cached(theirs, clean), lambda logits: metric(logits))
        return (found - low) / (high - low)

    after = partial(patching.generic_activation_patch, activation_name="resid_post")
    after = partial(after, patch_setter=patching.layer_pos_patch_setter)
    last = measured(partial(after, index_axis_names=("layer", "pos")))[-1:]
    before = measured(patching.get_act_patch_resid_pre)
    agree(inside.patching_grid(ours, corrupt, clean, metric), torch.cat([before, last]))
    heads = measured(patching.get_act_patch_attn_head_out_all_pos)
    agree(inside.head_patching_grid(ours, corrupt, clean, metric), heads)


def test_a_neurons_triggers_and_what_it_speaks_for_agree(inside, pair, agree):
    ours, theirs, tokens, _ = pair
    for layer in range(ours.config.n_layers):
        active = cached(theirs, tokens)["post", layer]
        for neuron in (0, 5, active.size(-1) - 1):
            found = inside.top_triggers(ours, tokens, layer, neuron, k=6)
            values = active[..., neuron].flatten().topk(6).values
            agree(torch.stack([active[row, place, neuron] for row, place in found]), values)
            said = (theirs.W_out[layer, neuron] @ theirs.W_U).softmax(-1)
            agree(inside.value_distribution(ours, layer, neuron), said)
