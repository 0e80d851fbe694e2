"""GPT-2 from PyTorch's functions, on weights named as in milestone 5."""

import torch
from torch.nn import functional as F

from kata.testing import check


def torch_gpt(tokens, state, n_heads):
    """The same network from PyTorch's functions."""

    def linear(x, name):
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"])

    def heads(x):
        return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (batch, heads, seq, d_head)

    positions = state["position_embedding.weight"][: tokens.size(1)]
    x = F.embedding(tokens, state["token_embedding.weight"]) + positions
    for layer in range(sum(name.endswith("attention_norm.weight") for name in state)):
        attention, mlp = f"blocks.{layer}.attention", f"blocks.{layer}.mlp"
        normed = norm(x, f"{attention}_norm")
        q, k, v = (heads(linear(normed, f"{attention}.{part}_proj")) for part in "qkv")
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + linear(out.transpose(1, 2).flatten(2), f"{attention}.o_proj")
        hidden = F.gelu(linear(norm(x, f"{mlp}_norm"), f"{mlp}.up"), approximate="tanh")
        x = x + linear(hidden, f"{mlp}.down")
    return norm(x, "final_norm") @ state["token_embedding.weight"].T


def shapes(config):
    """Every parameter's shape, by its documented name."""
    d = config.d_model
    found = {
        "token_embedding.weight": (config.vocab_size, d),
        "position_embedding.weight": (config.context_length, d),
    }
    for layer in range(config.n_layers):
        linears = {f"attention.{part}_proj": (d, d) for part in "qkvo"}
        linears |= {"mlp.up": (4 * d, d), "mlp.down": (d, 4 * d)}
        for name, (rows, columns) in linears.items():
            found[f"blocks.{layer}.{name}.weight"] = (rows, columns)
            found[f"blocks.{layer}.{name}.bias"] = (rows,)
        for name in ("attention_norm", "mlp_norm"):
            found[f"blocks.{layer}.{name}.weight"] = (d,)
            found[f"blocks.{layer}.{name}.bias"] = (d,)
    return found | {"final_norm.weight": (d,), "final_norm.bias": (d,)}


def random_state(config, seed=0, dtype=torch.float32):
    sizes = enumerate(shapes(config).items())
    return {name: check.randn(*size, seed=99 * seed + i, dtype=dtype) for i, (name, size) in sizes}


def load(model, state):
    """A model may hold buffers, and its shared weight under another name, besides."""
    unknown = model.load_state_dict(state, strict=False).unexpected_keys
    check.equal(unknown, [], hint="The model has no parameters of these names.")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name not in state:
                parameter.zero_()  # a parameter too many has a test of its own
