"""Exercise 7: a plan of what goes where first, then the copies."""

import torch
from torch import Tensor, nn


def load_gpt2(model: nn.Module, state_dict: dict[str, Tensor]) -> None:
    found = {}
    for name in state_dict:
        short = name
        if short.startswith("transformer."):
            short = short[len("transformer.") :]
        found[short] = state_dict[name]

    ignored = ["lm_head.weight"]
    plan = []  # our parameter, its name there, which third of it, is it turned
    plan.append((model.token_embedding.weight, "wte.weight", None, False))
    plan.append((model.position_embedding.weight, "wpe.weight", None, False))
    for i in range(len(model.blocks)):
        block = model.blocks[i]
        there = f"h.{i}"
        ignored.append(f"{there}.attn.bias")
        ignored.append(f"{there}.attn.masked_bias")
        attention = block.attention
        parts = [attention.q_proj, attention.k_proj, attention.v_proj]
        for third in range(3):
            plan.append((parts[third].weight, f"{there}.attn.c_attn.weight", third, True))
            plan.append((parts[third].bias, f"{there}.attn.c_attn.bias", third, False))
        plan.append((attention.o_proj.weight, f"{there}.attn.c_proj.weight", None, True))
        plan.append((attention.o_proj.bias, f"{there}.attn.c_proj.bias", None, False))
        plan.append((block.mlp.up.weight, f"{there}.mlp.c_fc.weight", None, True))
        plan.append((block.mlp.up.bias, f"{there}.mlp.c_fc.bias", None, False))
        plan.append((block.mlp.down.weight, f"{there}.mlp.c_proj.weight", None, True))
        plan.append((block.mlp.down.bias, f"{there}.mlp.c_proj.bias", None, False))
        plan.append((block.attention_norm.weight, f"{there}.ln_1.weight", None, False))
        plan.append((block.attention_norm.bias, f"{there}.ln_1.bias", None, False))
        plan.append((block.mlp_norm.weight, f"{there}.ln_2.weight", None, False))
        plan.append((block.mlp_norm.bias, f"{there}.ln_2.bias", None, False))
    plan.append((model.final_norm.weight, "ln_f.weight", None, False))
    plan.append((model.final_norm.bias, "ln_f.bias", None, False))

    used = set()
    copies = []
    for parameter, name, third, turned in plan:
        if name not in found:
            raise KeyError(f"the state dict has no {name}")
        used.add(name)
        tensor = found[name]
        shape = list(parameter.shape)
        if third is not None:
            shape[0] = 3 * shape[0]
        if turned:
            shape.reverse()
        if list(tensor.shape) != shape:
            raise ValueError(f"{name} has the shape {list(tensor.shape)}, expected {shape}")
        if turned:
            tensor = tensor.transpose(0, 1)
        if third is not None:
            size = len(parameter)
            tensor = tensor[third * size : (third + 1) * size]
        copies.append((parameter, tensor))
    for name in found:
        if name not in used and name not in ignored:
            raise KeyError(f"nobody needs {name}")
    with torch.no_grad():
        for parameter, tensor in copies:
            parameter.copy_(tensor)
