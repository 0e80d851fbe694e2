"""load_gpt2 copies the weights of a Hugging Face GPT-2 into the model you built.

gpt2_tiny.json holds a tiny GPT-2 of the library transformers: random weights, and its logits.
pytest tests/m05_gpt/test_load_gpt2.py
"""

import json
import re
from pathlib import Path

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig, load_gpt2

TINY = json.loads(Path(__file__).with_name("gpt2_tiny.json").read_text("utf-8"))
CONFIG = GPTConfig(**TINY["sizes"])
PREFIX = "transformer."


def tiny(prefix=""):
    """The frozen weights under transformers' names."""
    weights = TINY["weights"].items()
    return {prefix + name.removeprefix(PREFIX): torch.tensor(value) for name, value in weights}


def blank(config=CONFIG):
    """A GPT in which every number is 7."""
    model = GPT(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(7)
    return model


def rebuilt(state, n_layers):
    """The parameters that a GPT must hold afterwards, by their names there."""
    d = state["wte.weight"].size(1)
    ours = {"token_embedding.weight": state["wte.weight"]}
    ours["position_embedding.weight"] = state["wpe.weight"]
    for i in range(n_layers):
        for kind in ("weight", "bias"):
            ours[f"blocks.{i}.attention_norm.{kind}"] = state[f"h.{i}.ln_1.{kind}"]
            ours[f"blocks.{i}.mlp_norm.{kind}"] = state[f"h.{i}.ln_2.{kind}"]
            whole = state[f"h.{i}.attn.c_attn.{kind}"]
            for place, part in enumerate("qkv"):
                columns = whole[..., place * d : (place + 1) * d]
                ours[f"blocks.{i}.attention.{part}_proj.{kind}"] = columns.t()
            ours[f"blocks.{i}.attention.o_proj.{kind}"] = state[f"h.{i}.attn.c_proj.{kind}"].t()
            ours[f"blocks.{i}.mlp.up.{kind}"] = state[f"h.{i}.mlp.c_fc.{kind}"].t()
            ours[f"blocks.{i}.mlp.down.{kind}"] = state[f"h.{i}.mlp.c_proj.{kind}"].t()
    for kind in ("weight", "bias"):
        ours[f"final_norm.{kind}"] = state[f"ln_f.{kind}"]
    return ours


def check_holds(model, state):
    """Every parameter of the model is where the state dict puts it."""
    found = dict(model.named_parameters())
    for name, expected in rebuilt(state, len(model.blocks)).items():
        check.close(found[name].detach(), expected, hint=f"This is {name}.")


def message(kind, model, state):
    """What the error says."""
    check.raises(kind, load_gpt2, model, state)
    try:
        load_gpt2(model, state)
    except kind as error:
        return str(error)


def test_the_logits_are_those_of_transformers():
    model = blank()
    load_gpt2(model, tiny())
    tokens = torch.tensor(TINY["tokens"])
    check.close(model(tokens), torch.tensor(TINY["logits"]), atol=1e-4)


def test_names_may_have_the_prefix_transformer():
    model = blank()
    load_gpt2(model, tiny(prefix=PREFIX))
    check_holds(model, tiny())


def test_the_embeddings_and_the_last_norm():
    model, state = blank(), tiny()
    load_gpt2(model, state)
    check.close(model.token_embedding.weight.detach(), state["wte.weight"])
    check.close(model.position_embedding.weight.detach(), state["wpe.weight"])
    check.close(model.final_norm.weight.detach(), state["ln_f.weight"])
    check.close(model.final_norm.bias.detach(), state["ln_f.bias"])


def test_queries_keys_and_values_lie_side_by_side():
    model, state = blank(), tiny()
    weight = state["h.1.attn.c_attn.weight"]  # (d_model, 3·d_model), stored (in, out)
    load_gpt2(model, state)
    attention = model.blocks[1].attention
    check.close(attention.q_proj.weight.detach(), weight[:, :6].T)
    check.close(attention.k_proj.weight.detach(), weight[:, 6:12].T)
    check.close(attention.v_proj.weight.detach(), weight[:, 12:].T)


def test_a_square_weight_is_turned_too():
    model, state = blank(), tiny()
    load_gpt2(model, state)
    found = model.blocks[0].attention.o_proj.weight.detach()
    check.close(found, state["h.0.attn.c_proj.weight"].T, hint="All c_ layers are (in, out).")


def test_every_parameter_finds_its_place():
    model = blank()
    load_gpt2(model, tiny())
    check_holds(model, tiny())


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model = blank()
    state = {name: laid_out(value, layout) for name, value in tiny().items()}
    load_gpt2(model, state)
    check_holds(model, state)


@pytest.mark.parametrize("name", ["c_attn", "c_proj"])
def test_works_on_the_device_of_the_model(name):
    def loaded(model):
        load_gpt2(model, state)  # which stays on the CPU, as a file is read
        attention = model.blocks[1].attention
        parts = {"c_attn": "qkv", "c_proj": "o"}[name]
        return torch.cat([attention.get_parameter(f"{part}_proj.weight") for part in parts])

    model, state = blank(), tiny()
    check.close(elsewhere(loaded, model).detach(), state[f"h.1.attn.{name}.weight"].T)


def test_float64_keeps_its_digits():
    model = blank().double()
    state = {name: value.double() / 3 for name, value in tiny().items()}
    load_gpt2(model, state)
    found = model.token_embedding.weight.detach()
    check.close(found, state["wte.weight"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["bias", "masked_bias"])
def test_mask_buffers_are_ignored(name):
    model, state = blank(), tiny()
    for i in range(2):
        state[f"h.{i}.attn.{name}"] = torch.ones(1, 1, 7, 7).tril()
    load_gpt2(model, state)
    check_holds(model, tiny())


def test_the_tied_head_is_ignored():
    model = blank()
    load_gpt2(model, tiny(prefix=PREFIX) | {"lm_head.weight": torch.full((11, 6), 9.0)})
    check_holds(model, tiny())


@pytest.mark.parametrize(
    "name", ["wpe.weight", "h.0.attn.c_attn.bias", "h.1.ln_2.bias", "ln_f.weight"]
)
def test_a_missing_name_is_a_key_error_that_says_which(name):
    model, state = blank(), tiny()
    del state[name]
    check.equal(name in message(KeyError, model, state), True, hint=f"It does not say {name}.")


@pytest.mark.parametrize("name", ["h.0.attn.rotary", "lm_head.bias", "h.2.ln_1.weight", "bias"])
def test_a_name_left_over_is_a_key_error_that_says_which(name):
    model, state = blank(), tiny() | {name: torch.zeros(6)}
    check.equal(name in message(KeyError, model, state), True, hint=f"It does not say {name}.")


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("wte.weight", (12, 6), (11, 6)),
        ("wpe.weight", (6, 7), (7, 6)),
        ("h.0.attn.c_attn.weight", (18, 6), (6, 18)),
        ("h.0.attn.c_attn.bias", (19,), (18,)),
        ("h.1.mlp.c_fc.weight", (24, 6), (6, 24)),
        ("h.1.mlp.c_proj.bias", (1,), (6,)),
        ("h.0.ln_1.weight", (1, 6), (6,)),
        ("ln_f.bias", (2, 3), (6,)),
    ],
    ids=lambda value: value if isinstance(value, str) else " x ".join(map(str, value)),
)
def test_another_shape_is_a_value_error_that_names_it_and_both_shapes(name, shape, expected):
    model, state = blank(), tiny() | {name: torch.zeros(shape)}
    check.raises(ValueError, load_gpt2, model, state, names=(*shape, *expected))
    check.equal(name in message(ValueError, model, state), True, hint=f"It does not say {name}.")


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("wpe.weight", (8, 9), (7, 6)),
        ("h.0.attn.c_attn.weight", (5, 4), (6, 18)),
        ("h.1.mlp.c_fc.weight", (4, 9), (6, 24)),
        ("h.0.mlp.c_proj.weight", (4, 5), (24, 6)),
    ],
)
def test_both_shapes_are_told_as_they_are_stored(name, shape, expected):
    model, state = blank(), tiny() | {name: torch.zeros(shape)}
    numbers = re.findall(r"\d+", message(ValueError, model, state).replace(name, ""))
    told = sorted(zip(map(int, numbers), map(int, numbers[1:]), strict=False))
    hint = "Rows before columns, as in the state dict."
    check.equal([pair in told for pair in (shape, expected)], [True, True], hint=hint)


def test_a_layers_number_may_have_two_digits():
    model = blank(GPTConfig(11, 7, 6, 12, 3))
    state = {name: value for name, value in tiny().items() if not name.startswith("h.")}
    for i in range(12):
        for name, value in tiny().items():
            if name.startswith("h.0."):
                state[name.replace("h.0.", f"h.{i}.")] = value + i
        state[f"h.{i}.attn.bias"] = torch.ones(1, 1, 7, 7).tril()
        state[f"h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    load_gpt2(model, state)
    check_holds(model, state)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_stays_in_its_mode(training):
    model = blank().train(training)
    load_gpt2(model, tiny())
    check.equal({module.training for module in model.modules()}, {training})


@pytest.mark.parametrize("n_layers", [1, 3])
def test_another_number_of_layers_is_a_key_error(n_layers):
    model = blank(GPTConfig(11, 7, 6, n_layers, 3))
    check.raises(KeyError, load_gpt2, model, tiny())


@pytest.mark.parametrize(
    ("kind", "slip"),
    [
        (KeyError, {"ln_f.bias": None}),
        (KeyError, {"z": torch.zeros(1)}),
        (ValueError, {"ln_f.bias": torch.zeros(5)}),
    ],
    ids=["missing", "left over", "misshapen"],
)
def test_after_an_error_the_model_is_as_it_was(kind, slip):
    model = blank()
    state = {name: value for name, value in (tiny() | slip).items() if value is not None}
    check.raises(kind, load_gpt2, model, state)
    for name, parameter in sorted(model.named_parameters()):
        expected = torch.full(parameter.shape, 7.0)
        check.close(parameter.detach(), expected, hint=f"This is {name}. Check everything first.")


def test_the_parameters_stay_the_same_objects_and_learn():
    model = blank()
    before = dict(model.named_parameters())
    load_gpt2(model, tiny())
    replaced = [name for name, p in model.named_parameters() if p is not before.get(name)]
    check.equal(replaced, [], hint="An optimizer that holds the old ones would train nothing.")
    check.equal(all(p.requires_grad for p in model.parameters()), True)


def test_training_the_model_leaves_the_state_dict_alone():
    model, state = blank(), tiny()
    load_gpt2(model, state)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(9)
    for name, value in tiny().items():
        check.close(state[name], value, hint=f"{name} shares its memory with the model.")


@pytest.mark.parametrize("prefix", ["", PREFIX])
def test_the_state_dict_keeps_its_names_and_values(prefix):
    model, state = blank(), tiny(prefix)
    load_gpt2(model, state)
    check.equal(list(state), list(tiny(prefix)))
    for name, value in tiny(prefix).items():
        check.close(state[name], value, hint=f"This is {name} in the state dict.")


@pytest.mark.parametrize("theirs", [torch.float16, torch.float64])
def test_the_model_keeps_its_dtype(theirs):
    model = blank()
    load_gpt2(model, {name: value.to(theirs) for name, value in tiny().items()})
    check.equal({p.dtype for p in model.parameters()}, {torch.float32})
    check.close(model.final_norm.bias.detach(), tiny()["ln_f.bias"], rtol=1e-3)


def test_loading_twice_is_loading_once():
    model = blank()
    load_gpt2(model, {name: 2 * value for name, value in tiny().items()})
    load_gpt2(model, tiny())
    check_holds(model, tiny())
