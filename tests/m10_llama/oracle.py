"""Llama from its definition, slowly: each head and each query for itself."""

import math

import torch
from torch.nn import functional as F

from kata import check


def rms_norm(x, weight, eps=1e-5):
    return x / torch.sqrt((x * x).sum(-1, keepdim=True) / x.size(-1) + eps) * weight


def swiglu(x, state):
    gate = F.linear(x, state["gate_proj.weight"])
    passed = gate * torch.sigmoid(gate) * F.linear(x, state["up_proj.weight"])
    return F.linear(passed, state["down_proj.weight"])


def turned(x, cos, sin):
    """x: "batch seq d_head". Each pair as a complex number, a + bi, times cos + i sin."""
    a, b = x.chunk(2, -1)
    pairs = torch.complex(a, b) * torch.complex(cos.to(x.dtype), sin.to(x.dtype))
    return torch.cat([pairs.real, pairs.imag], -1)


def attend(x, state, heads, cos, sin, mask=None, past=None):
    """heads: (n_heads, n_kv_heads). past: keys and values, "batch kv_heads past d_head" each."""
    n_heads, n_kv_heads = heads
    batch, new = x.shape[:2]
    cos, sin = (part.expand(batch, 1, new, part.size(-1))[:, 0] for part in (cos, sin))
    q, k, v = (
        F.linear(x, state[f"{part}_proj.weight"]).chunk(count, -1)
        for part, count in zip("qkv", (n_heads, n_kv_heads, n_kv_heads), strict=True)
    )
    q, k = ([turned(head, cos, sin) for head in part] for part in (q, k))
    if past is not None:
        k, v = (
            [torch.cat([old, head], 1) for old, head in zip(before.unbind(1), part, strict=True)]
            for before, part in zip(past, (k, v), strict=True)
        )
    hidden = torch.zeros((), dtype=torch.bool) if mask is None else ~mask
    hidden = hidden.expand(batch, new, k[0].size(1))
    found = []
    for h in range(n_heads):
        key, value = k[h * n_kv_heads // n_heads], v[h * n_kv_heads // n_heads]
        for i in range(new):
            row = (q[h][:, i : i + 1] * key).sum(-1) / math.sqrt(key.size(-1))  # (batch, key)
            weights = torch.softmax(row.masked_fill(hidden[:, i], -torch.inf), -1)
            weights = weights.masked_fill(hidden[:, i], 0)
            found.append((weights.unsqueeze(-1) * value).sum(1))  # (batch, d_head)
    out = torch.stack(found, 1).unflatten(1, (n_heads, new))  # (batch, heads, new, d_head)
    return F.linear(torch.cat(out.unbind(1), -1), state["o_proj.weight"])


def block(x, state, config, cos, sin, mask=None, past=None):
    def norm(x, name):
        return rms_norm(x, state[f"{name}.weight"], config.norm_eps)

    heads = config.n_heads, config.n_kv_heads
    attention, mlp = within(state, "attention."), within(state, "mlp.")
    x = x + attend(norm(x, "attention_norm"), attention, heads, cos, sin, mask, past)
    return x + swiglu(norm(x, "mlp_norm"), mlp)


def llama(tokens, state, config):
    """The logits of a whole text, read at once."""
    seq, half = tokens.size(1), config.d_model // config.n_heads // 2
    places, pairs = (torch.arange(size, dtype=torch.float64) for size in (seq, half))
    angles = places.unsqueeze(-1) * config.rope_base ** (-pairs / half)  # (seq, pairs)
    mask = torch.ones(seq, seq, dtype=torch.bool).tril()
    x = F.embedding(tokens, state["token_embedding.weight"])
    for layer in range(config.n_layers):
        x = block(x, within(state, f"blocks.{layer}."), config, angles.cos(), angles.sin(), mask)
    x = rms_norm(x, state["final_norm.weight"], config.norm_eps)
    return F.linear(x, state["token_embedding.weight" if config.tied else "head.weight"])


def within(state, prefix):
    """What stands in one part of it, by the part's own names."""
    return {n.removeprefix(prefix): value for n, value in state.items() if n.startswith(prefix)}


def swiglu_shapes(d_model, d_hidden):
    wide, narrow = (d_hidden, d_model), (d_model, d_hidden)
    return {"gate_proj.weight": wide, "up_proj.weight": wide, "down_proj.weight": narrow}


def attention_shapes(d_model, n_heads, n_kv_heads):
    square, shared = (d_model, d_model), (n_kv_heads * (d_model // n_heads), d_model)
    sizes = {"q": square, "k": shared, "v": shared, "o": square}
    return {f"{part}_proj.weight": size for part, size in sizes.items()}


def block_shapes(config):
    parts = {
        "attention": attention_shapes(config.d_model, config.n_heads, config.n_kv_heads),
        "mlp": swiglu_shapes(config.d_model, config.d_hidden),
    }
    norms = {f"{part}_norm.weight": (config.d_model,) for part in parts}
    return norms | {f"{p}.{name}": size for p, own in parts.items() for name, size in own.items()}


def llama_shapes(config):
    table = config.vocab_size, config.d_model
    found = {"token_embedding.weight": table, "final_norm.weight": (config.d_model,)}
    for layer in range(config.n_layers):
        found |= {f"blocks.{layer}.{name}": size for name, size in block_shapes(config).items()}
    return found if config.tied else found | {"head.weight": table}


def shapes_of(module):
    return dict(sorted((name, tuple(p.shape)) for name, p in module.named_parameters()))


def random_state(shapes, seed=0, dtype=torch.float64):
    """Normal numbers for every parameter; what scales what is normed stays about 1."""
    state = {}
    for i, (name, shape) in enumerate(shapes.items()):
        state[name] = check.randn(*shape, seed=99 * seed + i, dtype=dtype) / 2
        if name.endswith("norm.weight"):
            state[name] = 1 + state[name] / 2
    return state


def load(module, state):
    """The module, in the dtype of the state; buffers of its own are its own affair."""
    module.to(next(iter(state.values())).dtype)
    unknown = module.load_state_dict(state, strict=False).unexpected_keys
    check.equal(unknown, [], hint="It has no parameters of these names.")
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name not in state:
                parameter.zero_()  # a parameter too many has a test of its own
    return module


def turns(*shape, seed, dtype=torch.float64):
    """cos and sin of angles by chance."""
    angles = check.randn(*shape, seed=seed, dtype=torch.float64)
    return angles.cos().to(dtype), angles.sin().to(dtype)


def agree_on_gradients(module, state, forward, right, **inputs):
    """Of each parameter, and of the inputs, as the oracle has them.

    forward(): of the module; right(leaves): the same of the oracle.
    """
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    sources = [*inputs.values(), *leaves.values()]
    expected = torch.autograd.grad(right(leaves).square().sum(), sources)
    forward().square().sum().backward()
    found = inputs | {name: module.get_parameter(name) for name in leaves}
    check.equal([n for n in found if found[n].grad is None], [], hint="These get no gradient.")
    for name, gradient in zip(found, expected, strict=True):
        check.close(found[name].grad, gradient, hint=f"The gradient of {name}.")


class Notes:
    """What a cache of the tests' own does: it notes what comes, and keeps it.

    past: for each layer keys and values, "batch kv_heads past d_head" each, or None.
    """

    def __init__(self, *past):
        self.kept = dict(enumerate(past))
        self.came = []

    @property
    def length(self):
        return min(0 if pair is None else pair[0].size(-2) for pair in self.kept.values())

    def append(self, layer, k, v):
        self.came.append((layer, k, v))
        if (before := self.kept.get(layer)) is not None:
            k, v = (torch.cat(pair, -2) for pair in zip(before, (k, v), strict=True))
        self.kept[layer] = k, v
        return k, v
