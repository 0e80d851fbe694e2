"""Put published weights into the model you built.

Uses Llama.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from milestones.m10_llama.llama import Llama


@torch.no_grad()
def load_llama(model: Llama, state_dict: Mapping[str, Tensor]) -> None:
    """Copy a Hugging Face state dict of a Llama into the model, of whose sizes it must be.

    Only the numbers change: the parameters stay the same objects, with their dtype and device, and
    each module's mode and what learns stay, too.

    What ends in `rotary_emb.inv_freq` is ignored, and so is `lm_head.weight` where the model is
    tied.

    Raises KeyError that says which name is missing or left over, ValueError for a tensor of
    another shape, with its name and both shapes. On error the model is as it was.

    Source: Touvron et al. 2023; names as in transformers' LlamaForCausalLM.
    """
    given = dict(state_dict)
    copies: list[tuple[Tensor, Tensor]] = []
    for name, own in parameters(model):
        if name not in given:
            raise KeyError(f"{name} is missing")
        theirs = given.pop(name)
        if theirs.shape != own.shape:
            raise ValueError(f"{name}: expected {tuple(own.shape)}, got {tuple(theirs.shape)}")
        copies.append((own, theirs))
    for name in given:
        tied = name == "lm_head.weight" and model.config.tied
        if not tied and not name.endswith("rotary_emb.inv_freq"):
            raise KeyError(f"{name} has no place in the model")
    for own, theirs in copies:
        own.copy_(theirs)


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
