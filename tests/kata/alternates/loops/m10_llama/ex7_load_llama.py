"""Exercise 7: a plan of what goes where first, then the copies."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from milestones.m10_llama.ex6_llama import Llama


def load_llama(model: Llama, state_dict: Mapping[str, Tensor]) -> None:
    plan = list(parameters(model))
    used = set()
    for name, parameter in plan:
        if name not in state_dict:
            raise KeyError(f"the state dict has no {name}")
        used.add(name)
        theirs = list(state_dict[name].shape)
        ours = list(parameter.shape)
        if theirs != ours:
            raise ValueError(f"{name} has the shape {theirs}, expected {ours}")
    for name in state_dict:
        if name in used:
            continue
        if name.endswith("rotary_emb.inv_freq"):
            continue
        if name == "lm_head.weight" and model.config.tied:
            continue
        raise KeyError(f"nobody needs {name}")
    with torch.no_grad():
        for name, parameter in plan:
            parameter.copy_(state_dict[name])


def parameters(model: Llama) -> Iterator[tuple[str, Tensor]]:  # given
    """Each parameter of the model, under its name at Hugging Face."""
    yield "model.embed_tokens.weight", model.token_embedding.weight
    for i, block in enumerate(model.blocks):
        layer = f"model.layers.{i}"
        yield f"{layer}.input_layernorm.weight", block.attention_norm.weight
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            yield f"{layer}.self_attn.{name}.weight", getattr(block.attention, name).weight
        yield f"{layer}.post_attention_layernorm.weight", block.mlp_norm.weight
        for name in ("gate_proj", "up_proj", "down_proj"):
            yield f"{layer}.mlp.{name}.weight", getattr(block.mlp, name).weight
    yield "model.norm.weight", model.final_norm.weight
    if not model.config.tied:
        yield "lm_head.weight", model.head.weight
