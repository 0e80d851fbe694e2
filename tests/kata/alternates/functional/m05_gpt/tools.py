"""What looks at a model, or writes into it."""

from collections.abc import Iterator, Mapping

import torch
from jaxtyping import Int
from torch import Tensor, nn

from milestones.m05_gpt.model import GPT


def count_parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def is_ignored(name: str) -> bool:
    return name == "lm_head.weight" or name.endswith((".attn.bias", ".attn.masked_bias"))


def counterparts(model: GPT) -> Iterator[tuple[str, list[nn.Module]]]:
    """Each layer's name at Hugging Face, and our modules that share its tensors."""
    yield "wte", [model.token_embedding]
    yield "wpe", [model.position_embedding]
    for i, block in enumerate(model.blocks):
        attention, mlp = block.attention, block.mlp
        yield f"h.{i}.ln_1", [block.attention_norm]
        yield f"h.{i}.attn.c_attn", [attention.q_proj, attention.k_proj, attention.v_proj]
        yield f"h.{i}.attn.c_proj", [attention.o_proj]
        yield f"h.{i}.ln_2", [block.mlp_norm]
        yield f"h.{i}.mlp.c_fc", [mlp.up]
        yield f"h.{i}.mlp.c_proj", [mlp.down]
    yield "ln_f", [model.final_norm]


def targets(model: GPT) -> dict[str, list[Tensor]]:
    """Which of our parameters each of their tensors fills, in order along its rows."""
    return {
        f"{layer}.{kind}": [dict(module.named_parameters())[kind] for module in modules]
        for layer, modules in counterparts(model)
        for kind in dict(modules[0].named_parameters())
    }


def turned(name: str, tensor: Tensor) -> Tensor:
    """As nn.Linear stores it: (out, in). Their c_ layers store (in, out)."""
    is_matrix = name.endswith(".weight") and ".c_" in name
    return tensor.mT if is_matrix else tensor


def require_shape(name: str, theirs: Tensor, ours: list[Tensor]) -> None:
    wanted = tuple(turned(name, torch.cat(ours)).shape)
    if tuple(theirs.shape) != wanted:
        raise ValueError(f"{name}: expected {wanted}, got {tuple(theirs.shape)}")


@torch.no_grad()
def load_gpt2(model: GPT, state_dict: Mapping[str, Tensor]) -> None:
    named = {name.removeprefix("transformer."): value for name, value in state_dict.items()}
    given = {name: value for name, value in named.items() if not is_ignored(name)}
    wanted = targets(model)
    if missing := wanted.keys() - given.keys():
        raise KeyError(f"missing: {', '.join(sorted(missing))}")
    if left_over := given.keys() - wanted.keys():
        raise KeyError(f"left over: {', '.join(sorted(left_over))}")
    for name, ours in wanted.items():
        require_shape(name, given[name], ours)
    for name, ours in wanted.items():
        for parameter, part in zip(ours, turned(name, given[name]).chunk(len(ours)), strict=True):
            parameter.copy_(part)


@torch.no_grad()
def trace_shapes(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> list[tuple[str, tuple[int, ...]]]:
    trace = []

    def recorder(name):
        return lambda module, given, output: trace.append((name, tuple(output.shape)))

    parts = [(name, module) for name, module in model.named_modules() if name]
    hooks = [module.register_forward_hook(recorder(name)) for name, module in parts]
    try:
        model(tokens)
    finally:
        for hook in hooks:
            hook.remove()
    return trace
