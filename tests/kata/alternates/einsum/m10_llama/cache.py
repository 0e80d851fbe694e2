"""Keys and values of a layer are one tensor, in which k and v are a letter."""

import torch
from jaxtyping import Float
from torch import Tensor


class LlamaCache:
    def __init__(self, n_layers: int) -> None:
        self.kv: list[Tensor | None] = [None] * n_layers

    @property
    def length(self) -> int:
        return min(0 if kv is None else kv.shape[-2] for kv in self.kv)

    def append(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_heads new d_head"],
        v: Float[Tensor, "batch kv_heads new d_head"],
    ) -> tuple[
        Float[Tensor, "batch kv_heads key d_head"], Float[Tensor, "batch kv_heads key d_head"]
    ]:
        kv = torch.stack([k, v])
        if self.kv[layer] is not None:
            kv = torch.cat([self.kv[layer], kv], dim=-2)
        self.kv[layer] = kv
        return kv[0], kv[1]
