"""The cache: for each layer a list of what came, which is joined when it is asked for."""

import torch
from jaxtyping import Float
from torch import Tensor


class LlamaCache:
    def __init__(self, n_layers: int) -> None:
        self.keys = [[] for _ in range(n_layers)]
        self.values = [[] for _ in range(n_layers)]

    @property
    def length(self) -> int:
        lengths = []
        for keys in self.keys:
            total = 0
            for part in keys:
                total += part.shape[2]
            lengths.append(total)
        return min(lengths)

    def append(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_heads new d_head"],
        v: Float[Tensor, "batch kv_heads new d_head"],
    ) -> tuple[
        Float[Tensor, "batch kv_heads key d_head"], Float[Tensor, "batch kv_heads key d_head"]
    ]:
        self.keys[layer].append(k)
        self.values[layer].append(v)
        return torch.cat(self.keys[layer], dim=2), torch.cat(self.values[layer], dim=2)
