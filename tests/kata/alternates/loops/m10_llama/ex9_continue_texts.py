"""Exercise 9: all texts at once, lists of tokens, with their places and the mask by hand."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from milestones.m09_positions import rotary_angles
from milestones.m10_llama.cache import LlamaCache


def turns_of(texts, padding, read, config, device):
    """How each new place of each text is turned, counted from where the text begins."""
    d_head = config.d_model // config.n_heads
    all_cos = []
    all_sin = []
    for text, pads in zip(texts, padding, strict=True):
        places = []
        for i in range(read, len(text)):
            place = i - pads
            if place < 0:
                place = 0
            places.append(place)
        cos, sin = rotary_angles(torch.tensor(places, device=device), d_head, config.rope_base)
        all_cos.append(cos.unsqueeze(0))
        all_sin.append(sin.unsqueeze(0))
    return torch.stack(all_cos), torch.stack(all_sin)  # (batch, 1, new, d_head / 2)


def mask_of(texts, padding, read, device):
    """Who may see whom: nobody sees what comes later, nor any padding."""
    masks = []
    for text, pads in zip(texts, padding, strict=True):
        rows = []
        for query in range(read, len(text)):
            row = []
            for key in range(len(text)):
                row.append(pads <= key <= query)
            rows.append(row)
        masks.append(rows)
    return torch.tensor(masks, device=device)  # (batch, new, key)


def last_logits(model, texts, padding, cache) -> Tensor:
    device = model.token_embedding.weight.device
    read = cache.length
    cos, sin = turns_of(texts, padding, read, model.config, device)
    mask = mask_of(texts, padding, read, device)
    unread = []
    for text in texts:
        unread.append(text[read:])
    x = model.token_embedding(torch.tensor(unread, device=device))
    for layer in range(model.config.n_layers):
        x = model.blocks[layer](x, cos, sin, mask, cache, layer)
    x = model.final_norm(x[:, -1])  # (batch, d_model)
    if model.config.tied:
        return torch.nn.functional.linear(x, model.token_embedding.weight)
    return model.head(x)


def continue_texts(
    model: nn.Module,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int,
    *,
    pad_id: int,
    stop_token: int | None = None,
) -> list[list[int]]:
    if len(prompts) == 0:
        return []
    longest = 0
    for prompt in prompts:
        if len(prompt) == 0:
            raise ValueError("a prompt needs a token at least")
        longest = max(longest, len(prompt))
    total = longest + max_new_tokens
    limit = model.config.context_length
    if total > limit:
        raise ValueError(f"the longest text would have {total} tokens, the model reads {limit}")
    texts = []
    padding = []
    for prompt in prompts:
        pads = longest - len(prompt)
        texts.append([pad_id] * pads + list(prompt))
        padding.append(pads)
    cache = LlamaCache(model.config.n_layers)
    answers = [[] for _ in prompts]
    has_stopped = [False] * len(prompts)
    modes = []
    for module in model.modules():
        modes.append((module, module.training))
    model.eval()
    try:
        for _ in range(max_new_tokens):
            with torch.no_grad():
                chosen = last_logits(model, texts, padding, cache).argmax(dim=-1).tolist()
            for i, token in enumerate(chosen):
                texts[i].append(token)
                if has_stopped[i]:
                    continue
                answers[i].append(token)
                if token == stop_token:
                    has_stopped[i] = True
            if all(has_stopped):
                break
    finally:
        for module, mode in modes:
            module.training = mode
    return answers
