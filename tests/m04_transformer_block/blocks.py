"""What the tests of both blocks ask: the parameters, PyTorch's block with them, masks."""

import torch
from torch import nn
from torch.nn import functional as F

from kata import check


def shapes_of(d_model, d_hidden):
    """Every documented parameter and its shape."""
    norm = {"weight": (d_model,), "bias": (d_model,)}
    square = {"weight": (d_model, d_model), "bias": (d_model,)}
    parts = {"attention_norm": norm, "mlp_norm": norm}
    parts |= {f"attention.{part}_proj": square for part in "qkvo"}
    parts["mlp.up"] = {"weight": (d_hidden, d_model), "bias": (d_hidden,)}
    parts["mlp.down"] = {"weight": (d_model, d_hidden), "bias": (d_model,)}
    return {f"{part}.{key}": s for part, own in sorted(parts.items()) for key, s in own.items()}


def random_state(d_model, d_hidden, dtype=torch.float32):
    """Normal numbers for each parameter; the gains stay about 1."""
    state = {}
    for seed, (name, shape) in enumerate(shapes_of(d_model, d_hidden).items()):
        state[name] = check.randn(*shape, seed=seed, dtype=dtype)
        if name.endswith("norm.weight"):
            state[name] = 1 + state[name] / 4
    return state


def pytorchs(state, x, n_heads, mask=None, norm_first=True):
    """The block of PyTorch with the same parameters; its masks are True where hidden."""
    d_model, d_hidden = x.size(-1), len(state["mlp.up.bias"])
    layer = nn.TransformerEncoderLayer(
        d_model,
        n_heads,
        d_hidden,
        dropout=0.0,
        activation=lambda x: F.gelu(x, approximate="tanh"),
        batch_first=True,
        norm_first=norm_first,
    )
    theirs = {}
    for key in ("weight", "bias"):
        parts = [state[f"attention.{part}_proj.{key}"] for part in "qkv"]
        theirs[f"self_attn.in_proj_{key}"] = torch.cat(parts)
        theirs[f"self_attn.out_proj.{key}"] = state[f"attention.o_proj.{key}"]
        theirs[f"linear1.{key}"] = state[f"mlp.up.{key}"]
        theirs[f"linear2.{key}"] = state[f"mlp.down.{key}"]
        theirs[f"norm1.{key}"] = state[f"attention_norm.{key}"]
        theirs[f"norm2.{key}"] = state[f"mlp_norm.{key}"]
    if mask is not None:
        mask = ~mask.expand(len(x), x.size(1), x.size(1)).repeat_interleave(n_heads, dim=0)
    return torch.func.functional_call(layer.to(x.dtype), theirs, (x, mask))


def a_mask(*shape, seed):
    """Some pairs are hidden; each position may look at itself."""
    return (check.randint(2, *shape, seed=seed) == 0) | torch.eye(shape[-1], dtype=torch.bool)


def only(part, state):
    """The same state, but for weights set to zero: the other sublayer adds nothing, and the
    attention weights and the hidden layer do not depend on what is read."""
    silent = "mlp.down" if part.startswith("attention") else "attention.o_proj"
    zero = [f"{silent}.weight", f"{silent}.bias"]
    if part == "attention_weights":
        zero += [f"attention.{name}_proj.weight" for name in "qkv"]
    if part == "hidden_layer":
        zero += ["mlp.up.weight"]
    return {name: value * (name not in zero) for name, value in state.items()}
