"""The MLP: the part of a transformer that works on each position alone."""

from jaxtyping import Float
from torch import Tensor, nn

from milestones.m01_mlp.functions import gelu
from milestones.m01_mlp.layers import Linear


class MLP(nn.Module):
    def __init__(self, d_model: int, d_hidden: int) -> None:
        super().__init__()
        self.up = Linear(d_model, d_hidden)
        self.down = Linear(d_hidden, d_model)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        widened = self.up(x)
        bent_values = gelu(widened)
        narrowed = self.down(bent_values)
        return narrowed
