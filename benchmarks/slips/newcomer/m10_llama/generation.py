import torch
from torch import nn

from milestones.m02_self_attention import causal_mask
from milestones.m06_sampler import generate
from milestones.m09_positions import rotary_angles
from milestones.m10_llama.cache import LlamaCache


def continue_text(
    model,
    tokens,
    max_new_tokens,
    *,
    temperature=1.0,
    top_k=None,
    top_p=None,
    stop_token=None,
    generator=None,
):
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
    def __init__(self, model):
        super().__init__()
        self.model = model
        self.config = model.config
        self.cache = LlamaCache(model.config.n_layers)

    def forward(self, tokens):
        if self.cache.length >= tokens.size(1):
            # the window has slid: all places have changed
            self.cache = LlamaCache(self.config.n_layers)
        return self.model(tokens[:, self.cache.length :], self.cache)


def continue_texts(model, prompts, max_new_tokens, *, pad_id, stop_token=None):
    if not prompts:
        return []
    for i, prompt in enumerate(prompts):
        if len(prompt) == 0:
            raise ValueError(f"prompt {i} has no tokens")
    longest = max(len(prompt) for prompt in prompts)
    limit = model.config.context_length
    if longest + max_new_tokens > limit:
        raise ValueError(
            f"{longest + max_new_tokens} tokens are more than context_length {limit}"
        )

    device = model.token_embedding.weight.device
    padding = [longest - len(prompt) for prompt in prompts]
    rows = [[pad_id] * n + list(prompt) for n, prompt in zip(padding, prompts, strict=True)]
    texts = generate(
        Padded(model, torch.tensor(padding, device=device)),
        torch.tensor(rows, device=device),
        max_new_tokens,
        temperature=0,
        stop_token=stop_token,
    )
    answers = []
    for answer in texts[:, longest:].tolist():
        if stop_token in answer:
            answer = answer[: answer.index(stop_token) + 1]
        answers.append(answer)
    return answers


class Padded(nn.Module):
    def __init__(self, model, padding):
        super().__init__()
        self.model = model
        self.config = model.config
        self.padding = padding
        self.cache = LlamaCache(model.config.n_layers)

    def forward(self, tokens):
        config = self.config
        start, end = self.cache.length, tokens.size(1)
        places = torch.arange(end, device=tokens.device)
        real = places >= self.padding[:, None]  # (batch, end)
        own = (places[start:] - self.padding[:, None]).clamp(min=0)  # (batch, new)
        cos, sin = rotary_angles(own.flatten(), config.d_model // config.n_heads, config.rope_base)
        shape = (tokens.size(0), 1, end - start, -1)
        mask = causal_mask(end)[start:].to(tokens.device) & real[:, None, :]

        x = self.model.token_embedding(tokens[:, start:])
        for i, block in enumerate(self.model.blocks):
            x = block(x, cos.view(shape), sin.view(shape), mask, self.cache, i)
        x = self.model.final_norm(x)
        if config.tied:
            return x @ self.model.token_embedding.weight.T
        return self.model.head(x)
