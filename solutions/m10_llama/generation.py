"""Let a Llama go on with a text, or with several of unequal length at once.

Uses generate from milestone 6 and rotary_angles from 9.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m06_sampler import generate
from milestones.m09_positions import rotary_angles
from milestones.m10_llama.cache import LlamaCache


def continue_text(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    max_new_tokens: int,
    *,
    temperature: float | int = 1.0,
    top_k: int | None = None,
    top_p: float | int | None = None,
    stop_token: int | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, "batch longer"]:
    """generate of milestone 6, with a LlamaCache: the same arguments and the same text.

    While the text fits into the context, each position is computed once. From then on the window
    slides, and all that it holds is read anew for each token.

    Source: Pope et al. 2022, section 2.1.
    """
    return generate(
        Remembering(model),
        tokens,
        max_new_tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        stop_token=stop_token,
        generator=generator,
    )


class Remembering(nn.Module):
    """A Llama that reads of each text only what it has not yet read.

    A helper for continue_text; you may leave it out.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model, self.config = model, model.config
        self.cache = LlamaCache(model.config.n_layers)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch new vocab"]:
        if self.cache.length == self.config.context_length:  # the window slides
            return self.model(tokens)
        return self.model(tokens[:, self.cache.length :], self.cache)


def continue_texts(
    model: nn.Module,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int,
    *,
    pad_id: int,
    stop_token: int | None = None,
) -> list[list[int]]:
    """The greedy continuation of each prompt, all in one batch: exactly what it would be alone.

    Returns only new tokens, at most max_new_tokens for each prompt; where the stop token comes, it
    is the last of them. Shorter prompts are padded at the left with pad_id, which inside of a
    prompt is a token like others. No place is computed twice.

    model: a Llama, of which only the documented parts are used. It is asked in eval mode and
    without gradient; the mode of each of its modules is restored afterwards, also after an error.

    Raises ValueError for a prompt without tokens, and where the longest prompt and max_new_tokens
    make more than context_length; the message names that sum and the limit.
    """
    if not prompts:
        return []
    if not all(prompts):
        raise ValueError("a prompt is empty: there is nothing to go on with")
    longest = max(map(len, prompts))
    if (end := longest + max_new_tokens) > model.config.context_length:
        raise ValueError(f"{end} tokens, but context_length is {model.config.context_length}")
    padding = [longest - len(prompt) for prompt in prompts]
    rows = [[pad_id] * n + list(prompt) for n, prompt in zip(padding, prompts, strict=True)]
    device = model.token_embedding.weight.device
    padded = Padded(model, torch.tensor(padding, device=device))
    texts = generate(
        padded,
        torch.tensor(rows, device=device),
        max_new_tokens,
        temperature=0,
        stop_token=stop_token,
    )
    new = texts[:, longest:].tolist()
    return [row[: row.index(stop_token) + 1] if stop_token in row else row for row in new]


class Padded(nn.Module):
    """A Llama that reads texts after some padding, and of each only what it has not yet read.

    A helper for continue_texts; you may leave it out.
    """

    def __init__(self, model: nn.Module, padding: Int[Tensor, " batch"]) -> None:
        super().__init__()
        self.model, self.config, self.padding = model, model.config, padding.unsqueeze(1)
        self.cache = LlamaCache(model.config.n_layers)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch new vocab"]:
        model, config = self.model, self.config
        keys = torch.arange(tokens.size(1), device=tokens.device)  # (key)
        new = keys[self.cache.length :]
        angles = rotary_angles(keys, config.d_model // config.n_heads, config.rope_base)
        places = (new - self.padding).clamp(min=0)  # (batch, new): 0 where its text begins
        cos, sin = (part[places].unsqueeze(1) for part in angles)  # (batch, 1, new, d_head / 2)
        is_text = (keys >= self.padding).unsqueeze(1)  # (batch, 1, key)
        mask = is_text & (keys <= new.unsqueeze(1))  # (batch, new, key)
        x = model.token_embedding(tokens[:, self.cache.length :])  # (batch, new, d_model)
        for layer, block in enumerate(model.blocks):
            x = block(x, cos, sin, mask, self.cache, layer)
        x = model.final_norm(x)
        return x @ model.token_embedding.weight.T if config.tied else model.head(x)
