"""Put the weights of the real GPT-2 into the model you built.

Uses GPT.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from milestones.m05_gpt.gpt import GPT


@torch.no_grad()
def load_gpt2(model: GPT, state_dict: Mapping[str, Tensor]) -> None:
    theirs = {
        name.removeprefix("transformer."): tensor
        for name, tensor in state_dict.items()
        if not _ignored(name)
    }
    ours = _targets(model)
    if missing := sorted(ours.keys() - theirs.keys()):
        raise KeyError(f"missing: {', '.join(missing)}")
    if extra := sorted(theirs.keys() - ours.keys()):
        raise KeyError(f"left over: {', '.join(extra)}")
    for name, views in ours.items():
        expected = _stored_shape(views)
        found = tuple(theirs[name].shape)
        if found != expected:
            raise ValueError(f"{name}: expected {expected}, found {found}")
    for name, views in ours.items():
        sizes = [view.shape[-1] for view in views]
        for view, piece in zip(views, theirs[name].split(sizes, dim=-1), strict=True):
            view.copy_(piece)


def _ignored(name: str) -> bool:
    return name == "lm_head.weight" or name.endswith((".attn.bias", ".attn.masked_bias"))


def _targets(model: GPT) -> dict[str, list[Tensor]]:
    targets: dict[str, list[Tensor]] = {}
    for layer, modules in layers(model):
        turned = layer.split(".")[-1].startswith("c_")
        weights = [module.weight for module in modules]
        targets[f"{layer}.weight"] = [w.T for w in weights] if turned else weights
        if layer not in ("wte", "wpe"):
            targets[f"{layer}.bias"] = [module.bias for module in modules]
    return targets


def _stored_shape(views: list[Tensor]) -> tuple[int, ...]:
    *rows, _ = views[0].shape
    return (*rows, sum(view.shape[-1] for view in views))


def layers(model: GPT) -> Iterator[tuple[str, list[nn.Module]]]:  # given
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
