"""load_llama copies the weights of a Hugging Face Llama into the model you built.

llama_tiny.json holds a tiny Llama of the library transformers: random weights, and its logits.
pytest tests/m10_llama/test_load_llama.py
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m10_llama import Llama, LlamaConfig, load_llama
from tests.m10_llama.models import modes

TINY = json.loads(Path(__file__).with_name("llama_tiny.json").read_text("utf-8"))
CONFIG = LlamaConfig(**TINY["sizes"])
TIED = replace(CONFIG, tied=True)
LAYER = {  # our names in a block, and theirs
    "attention_norm": "input_layernorm",
    "attention.q_proj": "self_attn.q_proj",
    "attention.k_proj": "self_attn.k_proj",
    "attention.v_proj": "self_attn.v_proj",
    "attention.o_proj": "self_attn.o_proj",
    "mlp_norm": "post_attention_layernorm",
    "mlp.gate_proj": "mlp.gate_proj",
    "mlp.up_proj": "mlp.up_proj",
    "mlp.down_proj": "mlp.down_proj",
}


def tiny(config=CONFIG):
    """The frozen weights; a tied model has no head of its own."""
    state = {name: torch.tensor(value) for name, value in TINY["weights"].items()}
    return {n: value for n, value in state.items() if n != "lm_head.weight" or not config.tied}


def blank(config=CONFIG):
    """A Llama in which every number is 7."""
    model = Llama(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(7)
    return model


def theirs(name):
    """Hugging Face's name for one of ours."""
    if name.startswith("blocks."):
        _, layer, part = name.removesuffix(".weight").split(".", 2)
        return f"model.layers.{layer}.{LAYER[part]}.weight"
    ends = {"token_embedding": "model.embed_tokens", "final_norm": "model.norm", "head": "lm_head"}
    return f"{ends[name.removesuffix('.weight')]}.weight"


def check_holds(model, state):
    """Every parameter of the model is what the state dict says."""
    for name, found in model.named_parameters():
        expected = state[theirs(name)].to(found.dtype)
        check.close(found.detach(), expected, hint=f"This is {name}.")


def check_refuses(kind, model, state, *names, numbers=()):
    """With an error that names them, and the model is as it was."""
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    check.raises(kind, load_llama, model, state, names=numbers)
    try:
        load_llama(model, state)
    except kind as error:
        lacking = [name for name in names if name not in str(error)]
        check.equal(lacking, [], hint=f"The message is: {error}")
    for name, parameter in model.named_parameters():
        check.close(parameter.detach(), before[name], hint=f"{name} was changed before the error.")


def test_the_logits_are_those_of_transformers():
    model = blank()
    load_llama(model, tiny())
    check.close(model(torch.tensor(TINY["tokens"])), torch.tensor(TINY["logits"]), atol=1e-4)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_every_parameter_finds_its_place(tied):
    config = replace(CONFIG, tied=tied)
    model = blank(config)
    load_llama(model, tiny(config))
    check_holds(model, tiny(config))


@pytest.mark.parametrize("name", [theirs(f"blocks.1.{part}.weight") for part in LAYER])
def test_each_part_of_a_block_has_its_own_weight(name):
    model, state = blank(), tiny()
    state[name] = state[name] + 1
    load_llama(model, state)
    check_holds(model, state)


@pytest.mark.parametrize("shape", [(11, 12), (5, 4)], ids=["of its shape", "of another shape"])
def test_a_tied_model_ignores_a_head(shape):
    model = blank(TIED)
    load_llama(model, tiny() | {"lm_head.weight": torch.full(shape, 9.0)})
    check_holds(model, tiny())


@pytest.mark.parametrize(
    "name", ["model.layers.0.self_attn.rotary_emb.inv_freq", "model.rotary_emb.inv_freq"]
)
def test_the_rates_of_the_turns_are_ignored(name):
    model = blank()
    load_llama(model, tiny() | {name: torch.ones(2)})
    check_holds(model, tiny())


@pytest.mark.parametrize(
    "name",
    [
        "model.embed_tokens.weight",
        "model.layers.0.self_attn.k_proj.weight",
        "model.layers.1.post_attention_layernorm.weight",
        "model.norm.weight",
        "lm_head.weight",
    ],
)
def test_a_missing_name_is_a_key_error_that_says_which(name):
    state = tiny()
    del state[name]
    check_refuses(KeyError, blank(), state, name)


@pytest.mark.parametrize(
    "name",
    ["model.layers.2.input_layernorm.weight", "model.norm.bias", "lm_head.bias", "inv_freq"],
)
def test_a_name_left_over_is_a_key_error_that_says_which(name):
    check_refuses(KeyError, blank(), tiny() | {name: torch.zeros(12)}, name)


def test_names_without_their_prefix_are_refused():
    state = {name.removeprefix("model."): value for name, value in tiny().items()}
    check_refuses(KeyError, blank(), state)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("model.layers.0.self_attn.k_proj.weight", (12, 12)),
        ("model.layers.1.mlp.down_proj.weight", (10, 12)),
        ("model.norm.weight", (1,)),
        ("lm_head.weight", (12, 12)),
    ],
)
def test_another_shape_is_a_value_error_with_both_shapes(name, shape):
    state = tiny()
    expected = tuple(state[name].shape)
    state[name] = torch.zeros(shape)
    check_refuses(ValueError, blank(), state, name, numbers=expected + shape)


def test_what_is_copied_is_not_shared():
    model, state = blank(), tiny()
    load_llama(model, state)
    for value in state.values():
        value.zero_()
    check_holds(model, tiny())


def test_the_state_dict_stays_as_it_was():
    state = tiny() | {"model.rotary_emb.inv_freq": torch.ones(2)}
    names = list(state)
    load_llama(blank(), state)
    check.equal(list(state), names)
    for name, value in tiny().items():
        check.close(state[name], value, hint=f"This is {name}.")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_the_model_keeps_its_own_dtype(dtype):
    model, state = blank(), {name: value.to(dtype) for name, value in tiny().items()}
    load_llama(model, state)
    check.equal({p.dtype for p in model.parameters()}, {torch.float32})
    check_holds(model, state)


@pytest.mark.parametrize("training", [True, False])
def test_each_module_s_mode_stays(training):
    model = blank().train(training)
    model.blocks[1].train(not training)
    before = modes(model)
    load_llama(model, tiny())
    check.equal(modes(model), before)


def test_what_learns_still_learns_and_what_is_frozen_stays_so():
    model = blank()
    model.token_embedding.weight.requires_grad_(False)
    load_llama(model, tiny())
    frozen = [name for name, p in model.named_parameters() if not p.requires_grad]
    check.equal(frozen, ["token_embedding.weight"])
    check.equal([name for name, p in model.named_parameters() if not p.is_leaf], [])


def test_the_parameters_stay_the_same_objects():
    model = blank()
    before = dict(model.named_parameters())
    load_llama(model, tiny())
    replaced = [name for name, p in model.named_parameters() if p is not before.get(name)]
    check.equal(replaced, [], hint="An optimizer that holds the old ones would train nothing.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = blank(), tiny()
    load_llama(model, {name: laid_out(value, layout) for name, value in state.items()})
    check_holds(model, state)


def test_works_on_the_device_of_the_model():
    def loaded(model):
        load_llama(model, state)  # which stays on the CPU, as a file is read
        return model.blocks[1].attention.get_parameter("q_proj.weight")

    model, state = blank(), tiny()
    found = elsewhere(loaded, model).detach()
    check.close(found, state["model.layers.1.self_attn.q_proj.weight"])
