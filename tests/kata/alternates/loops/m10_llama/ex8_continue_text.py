"""Exercise 8: generate of milestone 6, with a reader that takes in one place after the other."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m06_sampler import generate
from milestones.m10_llama.cache import LlamaCache


class Reader(nn.Module):
    """Hands the model what it has not read, token by token, until the context is full."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.config = model.config
        self.cache = LlamaCache(model.config.n_layers)
        self.places_read = 0

    def forward(self, window: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch 1 vocab"]:
        seq = window.shape[1]
        if self.places_read == self.config.context_length:
            # From now on every token has moved to another place.
            return self.model(window)[:, seq - 1 : seq]
        while self.places_read < seq:
            i = self.places_read
            logits = self.model(window[:, i : i + 1], self.cache)
            self.places_read = i + 1
        return logits


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
    reader = Reader(model)
    options = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    options["stop_token"] = stop_token
    options["generator"] = generator
    return generate(reader, tokens, max_new_tokens, **options)
