"""Exercise 7: the loop that writes, with its parts in functions of their own."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m06_sampler.ex1_greedy import greedy
from milestones.m06_sampler.ex2_apply_temperature import apply_temperature
from milestones.m06_sampler.ex3_top_k_filter import top_k_filter
from milestones.m06_sampler.ex4_top_p_filter import top_p_filter
from milestones.m06_sampler.ex6_sample import sample


class Evaluating:
    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.no_grad = torch.no_grad()

    def __enter__(self) -> None:
        self.before = [module.training for module in self.model.modules()]
        self.model.eval()
        self.no_grad.__enter__()

    def __exit__(self, *error: object) -> None:
        self.no_grad.__exit__(*error)
        for module, training in zip(self.model.modules(), self.before, strict=True):
            module.training = training


class Writer:
    """What generate and generate_cached have in common: they differ in how logits are found."""

    def __init__(self, temperature, top_k, top_p, stop_token, generator):
        self.temperature = temperature
        self.top_k = top_k
        self.top_p = top_p
        self.stop_token = stop_token
        self.generator = generator

    def next_tokens(self, logits: Float[Tensor, "batch vocab"]) -> list[int]:
        if self.temperature == 0:
            return greedy(logits).tolist()
        logits = apply_temperature(logits, self.temperature)
        if self.top_k is not None:
            logits = top_k_filter(logits, self.top_k)
        if self.top_p is not None:
            logits = top_p_filter(logits, self.top_p)
        return sample(logits, self.generator).tolist()

    def write(self, tokens, max_new_tokens, find_logits):
        rows = tokens.tolist()
        has_stopped = [False] * len(rows)
        for _ in range(max_new_tokens):
            logits = find_logits(torch.tensor(rows, device=tokens.device))
            new = self.next_tokens(logits)
            for i in range(len(rows)):
                token = new[i]
                if has_stopped[i]:
                    token = self.stop_token
                if token == self.stop_token:
                    has_stopped[i] = True
                rows[i].append(token)
        return torch.tensor(rows, device=tokens.device)


def generate(
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
    writer = Writer(temperature, top_k, top_p, stop_token, generator)

    def find_logits(text):
        n = text.shape[1]
        first = max(0, n - model.config.context_length)
        return model(text[:, first:])[:, -1, :]

    with Evaluating(model):
        return writer.write(tokens, max_new_tokens, find_logits)
