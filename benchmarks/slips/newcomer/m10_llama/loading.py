import torch


@torch.no_grad()
def load_llama(model, state_dict):
    ours = dict(parameters(model))
    theirs = {}
    for name, tensor in state_dict.items():
        if name.endswith("rotary_emb.inv_freq"):
            continue
        if name == "lm_head.weight" and model.config.tied:
            continue
        theirs[name] = tensor

    for name in ours:
        if name not in theirs:
            raise KeyError(f"{name} is missing")
    for name in theirs:
        if name not in ours:
            raise KeyError(f"{name} is left over")
    for name, parameter in ours.items():
        if theirs[name].shape != parameter.shape:
            raise ValueError(
                f"{name} has shape {tuple(theirs[name].shape)}, not {tuple(parameter.shape)}"
            )

    for name, parameter in ours.items():
        parameter.copy_(theirs[name])


def parameters(model):  # given
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
