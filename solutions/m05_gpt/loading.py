"""Put the weights of the real GPT-2 into the model you built.

Uses GPT.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from milestones.m05_gpt.gpt import GPT


@torch.no_grad()
def load_gpt2(model: GPT, state_dict: Mapping[str, Tensor]) -> None:
    """Copy a Hugging Face GPT-2 state dict into the model, of whose sizes it must be.

    state_dict: with or without `transformer.` before each name. Its layers named c_... are
    stored (in, out), and c_attn holds queries, keys and values side by side. Mask buffers
    (attn.bias, attn.masked_bias) and lm_head.weight, which is tied, are ignored.

    Raises KeyError that says which name is missing or left over, ValueError for a tensor of
    another shape, with its name and both shapes as stored. On error the model is as it was. Its
    mode, training or eval, always stays.

    Source: Radford et al. 2019; names as in transformers' GPT2LMHeadModel.
    """
    given = {name.removeprefix("transformer."): tensor for name, tensor in state_dict.items()}
    copies: list[tuple[Tensor, Tensor]] = []
    for layer, parts in layers(model):
        for kind in dict(parts[0].named_parameters()):
            name = f"{layer}.{kind}"
            if name not in given:
                raise KeyError(f"{name} is missing")
            ours = [getattr(part, kind) for part in parts]
            shape = torch.cat(ours).shape
            transposed = "c_" in layer and kind == "weight"
            expected = shape[::-1] if transposed else shape
            theirs = given.pop(name)
            if theirs.shape != expected:
                raise ValueError(f"{name}: expected {tuple(expected)}, got {tuple(theirs.shape)}")
            rows = theirs.T if transposed else theirs
            copies += zip(ours, rows.chunk(len(ours)), strict=True)
    for name in given:
        if not name.endswith((".attn.bias", ".attn.masked_bias", "lm_head.weight")):
            raise KeyError(f"{name} has no place in the model")
    for own, their in copies:
        own.copy_(their)


def layers(model: GPT) -> Iterator[tuple[str, list[nn.Module]]]:  # given
    """Each layer of GPT-2 by its name there, and which of ours it holds, in order."""
    yield "wte", [model.token_embedding]
    yield "wpe", [model.position_embedding]
    for i, block in enumerate(model.blocks):
        attention = block.attention
        yield f"h.{i}.ln_1", [block.attention_norm]
        yield f"h.{i}.attn.c_attn", [attention.q_proj, attention.k_proj, attention.v_proj]
        yield f"h.{i}.attn.c_proj", [attention.o_proj]
        yield f"h.{i}.ln_2", [block.mlp_norm]
        yield f"h.{i}.mlp.c_fc", [block.mlp.up]
        yield f"h.{i}.mlp.c_proj", [block.mlp.down]
    yield "ln_f", [model.final_norm]
