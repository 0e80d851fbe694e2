"""Exercise 2: the MLP, one step a line."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import silu

from milestones.m01_mlp import Linear


class SwiGLU(nn.Module):
    def __init__(self, d_model: int, d_hidden: int) -> None:
        super().__init__()
        self.gate_proj = Linear(d_model, d_hidden, bias=False)
        self.up_proj = Linear(d_model, d_hidden, bias=False)
        self.down_proj = Linear(d_hidden, d_model, bias=False)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        gate = self.gate_proj(x)
        gate = silu(gate)
        up = self.up_proj(x)
        hidden = gate * up
        return self.down_proj(hidden)
