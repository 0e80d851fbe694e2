"""The same weights in TransformerLens, in float64: bridges for its own tools to look into."""

import torch
from torch import Tensor, nn
from transformer_lens.config import TransformerBridgeConfig
from transformer_lens.model_bridge import TransformerBridge

# Ours, and theirs. What stands first is replaced first.
NAMES = (
    ("token_embedding", "embed"),
    ("position_embedding", "pos_embed"),
    ("attention_norm", "ln1"),
    ("mlp_norm", "ln2"),
    ("final_norm", "ln_final"),
    ("attention", "attn"),
    ("_proj", ""),
    ("mlp.up", "mlp.in"),
    ("mlp.down", "mlp.out"),
)


def drawn(model: nn.Module, seed: int) -> nn.Module:
    """In float64 and eval, every number drawn anew: no bias, norm or head is trivial."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.double().eval().parameters():
        width = 1.5 / max(parameter.shape[-2:]) ** 0.5 if parameter.ndim > 1 else 1.0
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        parameter.data = width * noise
    return model


def of_gpt(model: nn.Module) -> TransformerBridge:
    """A bridge with the weights of milestone 5's GPT."""
    sizes = model.config
    bridge = boot(
        sizes.vocab_size, sizes.context_length, sizes.d_model, sizes.n_layers, sizes.n_heads
    )
    weights = {theirs(name): value for name, value in model.state_dict().items()}
    return loaded(bridge, weights | {"unembed.weight": weights["embed.weight"]})


def theirs(name: str) -> str:
    """What TransformerLens calls a parameter or module of the GPT."""
    for own, other in NAMES:
        name = name.replace(own, other)
    return name


def of_attention_only(model: nn.Module) -> TransformerBridge:
    """A bridge with the weights of milestone 14's AttentionOnly; to be run with `placed`."""
    vocab_size, d_model = model.token_embedding.shape
    n_layers, n_heads = model.w_q.shape[:2]
    context_length = len(model.position_embedding)
    bare = {"attn_only": True, "normalization_type": None}
    bridge = boot(vocab_size, context_length, d_model, n_layers, n_heads, **bare)
    weights = {
        "embed.weight": model.token_embedding,
        "pos_embed.weight": model.position_embedding,
        "unembed.weight": model.unembedding.T,
    }
    for layer in range(n_layers):
        for kind in ("q", "k", "v"):
            stored = getattr(model, f"w_{kind}")[layer]  # (heads, d_model, d_head)
            weights[f"blocks.{layer}.attn.{kind}.weight"] = stored.mT.flatten(0, 1)
        weights[f"blocks.{layer}.attn.o.weight"] = model.w_o[layer].flatten(0, 1).T
    zeros = {n: torch.zeros_like(v) for n, v in bridge.state_dict().items() if n.endswith("bias")}
    return loaded(bridge, weights | zeros)


def placed(bridge: TransformerBridge) -> list:
    """Hooks that take the positions out of the stream, and add them to what queries and keys read.

    TransformerLens has such positions no more (it called them "shortformer").
    """

    def add(weight: Tensor):
        moved = torch.einsum("pd,hde->phe", bridge.W_pos, weight)
        return lambda read, hook: read + moved[: read.size(1)]

    hooks = [("hook_pos_embed", lambda positions, hook: torch.zeros_like(positions))]
    for layer in range(bridge.cfg.n_layers):
        hooks.append((f"blocks.{layer}.attn.hook_q", add(bridge.W_Q[layer])))
        hooks.append((f"blocks.{layer}.attn.hook_k", add(bridge.W_K[layer])))
    return hooks


def boot(
    vocab_size: int, context_length: int, d_model: int, n_layers: int, n_heads: int, **options
) -> TransformerBridge:
    config = TransformerBridgeConfig(
        d_vocab=vocab_size,
        n_ctx=context_length,
        d_model=d_model,
        n_layers=n_layers,
        n_heads=n_heads,
        d_head=d_model // n_heads,
        **{"act_fn": "gelu_new", "normalization_type": "LN", "eps": 1e-5, **options},
        positional_embedding_type="standard",
        dtype=torch.float64,
        device="cpu",
    )
    return TransformerBridge.boot_native(config, dtype=torch.float64).eval()


def loaded(bridge: TransformerBridge, weights: dict[str, Tensor]) -> TransformerBridge:
    """With these weights, each of which has a place; only unembed.bias, which is 0, has none."""
    left = bridge.load_state_dict(weights, strict=False)
    assert left.unexpected_keys == []
    assert {n for n in bridge.state_dict() if n not in weights} <= {"unembed.bias"}
    assert bridge.b_U.count_nonzero() == 0
    return bridge.requires_grad_(False)
