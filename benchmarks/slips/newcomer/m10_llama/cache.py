"""What a Llama remembers of the tokens that it has read."""

import torch
from jaxtyping import Float
from torch import Tensor


class LlamaCache:
    """The turned keys and the values of each layer, for as many heads as the model has of them.

    length: how many tokens every layer holds.
    """

    def __init__(self, n_layers: int) -> None:  # given
        self._layers: list[tuple[Tensor, Tensor] | None] = [None] * n_layers

    @property
    def length(self) -> int:  # given
        return min(0 if layer is None else layer[0].size(-2) for layer in self._layers)

    def append(  # given
        self,
        layer: int,
        k: Float[Tensor, "batch kv_heads new d_head"],
        v: Float[Tensor, "batch kv_heads new d_head"],
    ) -> tuple[
        Float[Tensor, "batch kv_heads key d_head"], Float[Tensor, "batch kv_heads key d_head"]
    ]:
        """Add what is new in a layer; returns all keys and values that it has now."""
        if (past := self._layers[layer]) is not None:
            k = torch.cat([past[0], k], dim=-2)
            v = torch.cat([past[1], v], dim=-2)
        self._layers[layer] = k, v
        return k, v
