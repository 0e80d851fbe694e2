"""Circuits, as TransformerLens takes them apart: the same weights, and m14's exercises.

nox -s oracles; or .venv-oracles/bin/python -m pytest tests/oracles/test_lens_m14.py
"""

import math

import pytest
import torch
from transformer_lens import FactoredMatrix, head_detector

from tests.oracles import bridge

SIZES = {  # vocab_size, context_length, d_model, n_layers, n_heads
    "one layer": (13, 9, 8, 1, 2),
    "deep": (17, 10, 12, 4, 3),
    "one head": (23, 8, 10, 2, 1),
    "narrow heads": (11, 12, 15, 2, 5),
}
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def circuits(reference):
    return reference("m14_circuits")


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def pair(request, circuits):
    """The model, a bridge with its weights, and a batch of tokens."""
    vocab_size, context_length, *_ = request.param
    ours = bridge.drawn(circuits.AttentionOnly(*request.param), seed=0)
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(vocab_size, (3, context_length), generator=generator)
    return ours, bridge.of_attention_only(ours), tokens


def cached(theirs, tokens):
    """A run with the positions where ours has them, and all that it held."""
    with theirs.hooks(fwd_hooks=bridge.placed(theirs)):
        return theirs.run_with_cache(tokens)


def where(theirs):
    """Every layer and head."""
    return [(n, head) for n in range(theirs.cfg.n_layers) for head in range(theirs.cfg.n_heads)]


def test_logits_and_patterns_agree(pair, agree):
    ours, theirs, tokens = pair
    logits, cache = cached(theirs, tokens)
    agree(ours(tokens), logits)
    agree(ours.patterns(tokens), cache.stack_activation("pattern"))


def test_without_positions_no_hook_is_needed(pair, agree):
    ours, theirs, tokens = pair
    with torch.no_grad():
        ours.position_embedding.zero_()
        theirs.pos_embed.W_pos.zero_()
    logits, cache = theirs.run_with_cache(tokens)
    agree(ours(tokens), logits)
    agree(ours.patterns(tokens), cache.stack_activation("pattern"))


def test_a_model_without_a_head_is_a_run_without_it(circuits, pair, agree):
    ours, theirs, tokens = pair
    for layer, head in where(theirs):

        def ablate(z, hook, head=head):
            z[:, :, head] = 0
            return z

        hooks = [*bridge.placed(theirs), (f"blocks.{layer}.attn.hook_z", ablate)]
        right = theirs.run_with_hooks(tokens, fwd_hooks=hooks)
        agree(circuits.without_head(ours, layer, head)(tokens), right)


def test_ov_circuits_are_their_factored_matrices(circuits, pair, agree):
    ours, theirs, _ = pair
    full = theirs.W_E @ theirs.OV @ theirs.W_U
    for layer, head in where(theirs):
        agree(circuits.ov_circuit(ours, layer, head), full.AB[layer, head])


def test_qk_circuits_are_theirs_scaled(circuits, pair, agree):
    ours, theirs, _ = pair
    root = math.sqrt(theirs.cfg.d_head)
    tokens = (theirs.W_E @ theirs.QK @ theirs.W_E.T).AB / root
    places = (theirs.W_pos @ theirs.QK @ theirs.W_pos.T).AB / root
    for layer, head in where(theirs):
        agree(circuits.qk_circuit(ours, layer, head), tokens[layer, head])
        agree(circuits.position_circuit(ours, layer, head), places[layer, head])


def test_circuits_make_the_scores_of_a_first_layer(circuits, pair, agree):
    """With tokens and places apart, what is left of the scores is a token with a place."""
    ours, theirs, tokens = pair
    row, seq = tokens[:1], tokens.size(1)
    cache = cached(theirs, row)[1]  # whose "attn_scores" hold the patterns
    scores = torch.einsum("qhe,khe->hqk", cache["q", 0][0], cache["k", 0][0])
    mixed = (theirs.W_E[row[0]] @ theirs.QK[0] @ theirs.W_pos[:seq].T).AB
    mixed = mixed + (theirs.W_pos[:seq] @ theirs.QK[0] @ theirs.W_E[row[0]].T).AB
    root = math.sqrt(theirs.cfg.d_head)
    for head in range(theirs.cfg.n_heads):
        apart = circuits.qk_circuit(ours, 0, head)[row[0]][:, row[0]]
        apart = apart + circuits.position_circuit(ours, 0, head)
        agree(apart * root + mixed[head], scores[head])


def test_composed_qk_circuits_are_their_factored_matrices(circuits, pair, agree):
    ours, theirs, _ = pair
    embedded = theirs.W_E
    for layer, head in where(theirs):
        for through in range(theirs.cfg.n_heads if layer else 0):
            composed = theirs.QK[layer, head] @ theirs.OV[layer - 1, through].T
            right = (embedded @ composed @ embedded.T).AB / math.sqrt(theirs.cfg.d_head)
            agree(circuits.composed_qk_circuit(ours, layer, head, through), right)


def test_copying_scores_are_of_their_eigenvalues(circuits, pair, agree):
    ours, theirs, _ = pair
    values = (theirs.W_E @ theirs.OV @ theirs.W_U).eigenvalues
    right = values.real.sum(-1) / values.abs().sum(-1)
    for layer, head in where(theirs):
        left = ours.token_embedding @ ours.w_v[layer, head]
        found = circuits.copying_score(left, ours.w_o[layer, head] @ ours.unembedding)
        agree(found, right[layer, head].item())


@pytest.mark.parametrize("kind", ["Q", "K", "V"])
def test_composition_scores_are_theirs(circuits, pair, agree, kind):
    ours, theirs, _ = pair
    expected = theirs.all_composition_scores(kind).scores  # 0 where the reader is not later
    ov, qk = ours.w_v @ ours.w_o, ours.w_q @ ours.w_k.mT
    reader = {"Q": qk, "K": qk.mT, "V": ov}[kind]
    for layer, head in where(theirs):
        for later, other in where(theirs):
            if later > layer:
                found = circuits.composition_score(ov[layer, head], reader[later, other])
                agree(found, expected[layer, head, later, other].item())


def test_a_composition_score_is_that_of_a_product_of_factored_matrices(circuits, agree):
    generator = torch.Generator().manual_seed(0)
    a, b, c, d = torch.randn(4, 7, 3, generator=generator, dtype=torch.float64)
    writer, reader = FactoredMatrix(a, b.T), FactoredMatrix(c, d.T)
    right = (writer @ reader).norm() / (writer.norm() * reader.norm())
    agree(circuits.composition_score(writer.AB, reader.AB), right.item())


def test_head_scores_are_those_of_their_detector(circuits, pair, agree):
    """Theirs is the share of all weight; ours the mean over those queries that can have any."""
    _, theirs, tokens = pair
    seq, period = tokens.size(1), tokens.size(1) // 2 + 1
    segment = torch.arange(period).repeat(2)[None, :seq]
    before = head_detector.get_previous_token_head_detection_pattern(segment)
    followers = head_detector.get_induction_head_detection_pattern(segment)
    options = {"exclude_bos": False, "exclude_current_token": False, "error_measure": "mul"}
    score = head_detector.compute_head_attention_similarity_score
    for pattern in cached(theirs, segment)[1].stack_activation("pattern").flatten(0, 2):
        right = score(pattern, detection_pattern=before, **options) * seq / (seq - 1)
        agree(circuits.previous_token_score(pattern), right)
        right = score(pattern, detection_pattern=followers, **options) * seq / (seq - period)
        agree(circuits.induction_score(pattern, period), right)


@pytest.mark.parametrize("n_heads", [1, 3])
def test_paths_are_the_embedding_and_the_heads_unembedded(circuits, agree, n_heads):
    ours = bridge.drawn(circuits.AttentionOnly(13, 9, 12, 1, n_heads), seed=2)
    theirs = bridge.of_attention_only(ours)
    tokens = torch.tensor([[3, 1, 4, 1, 5, 9, 2], [6, 5, 3, 5, 8, 9, 7]])
    logits, cache = cached(theirs, tokens)
    direct, heads = circuits.path_logits(ours, tokens)
    agree(direct, cache["hook_embed"] @ theirs.W_U)
    agree(heads, cache.stack_head_results() @ theirs.W_U)
    agree(direct + heads.sum(0), logits)


def test_losses_of_terms_are_those_of_runs_with_frozen_patterns(circuits, pair, agree):
    """A run in which each layer's values read a stream of one head fewer has one head more."""
    ours, theirs, tokens = pair
    found = circuits.term_losses(ours, tokens)
    full = cached(theirs, tokens)[1]
    stream = [full["hook_embed"]] * theirs.cfg.n_layers  # through no head
    agree(found[0], theirs.loss_fn(stream[0] @ theirs.W_U, tokens, per_token=True))
    for term in found[1:]:
        hooks = bridge.placed(theirs)
        for layer, read in enumerate(stream):
            values = torch.einsum("bpd,hde->bphe", read, theirs.W_V[layer])
            frozen = full["pattern", layer]
            hooks.append((f"blocks.{layer}.attn.hook_v", lambda _, hook, values=values: values))
            hooks.append((f"blocks.{layer}.attn.hook_pattern", lambda _, hook, kept=frozen: kept))
        with theirs.hooks(fwd_hooks=hooks):
            logits, cache = theirs.run_with_cache(tokens)
        agree(term, theirs.loss_fn(logits, tokens, per_token=True))
        stream = [cache["resid_pre", layer] for layer in range(theirs.cfg.n_layers)]
    with theirs.hooks(fwd_hooks=bridge.placed(theirs)):
        agree(found[-1], theirs(tokens, return_type="loss", loss_per_token=True))


def test_their_detector_finds_the_heads_that_were_written_by_hand(circuits):
    ours = circuits.write_induction_heads(20, 32).double()
    theirs = bridge.of_attention_only(ours)
    segment = torch.randperm(20, generator=torch.Generator().manual_seed(0))[:11]
    tokens = segment.repeat(3)[None, :22]
    logits, cache = cached(theirs, tokens)
    assert logits[0, 11:-1].argmax(-1).equal(tokens[0, 12:])
    first, second = cache.stack_activation("pattern")[:, 0, 0]
    before = head_detector.get_previous_token_head_detection_pattern(tokens).bool()
    followers = head_detector.get_induction_head_detection_pattern(tokens).bool()
    assert first[before].min() > 0.999
    assert second[followers].min() > 0.999
