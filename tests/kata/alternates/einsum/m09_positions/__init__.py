from milestones.m09_positions.everything import (
    AlibiAttention,
    RelativeAttention,
    RotaryAttention,
    alibi_bias,
    alibi_slopes,
    relative_positions,
    rotary_angles,
    rotate,
)

__all__ = [
    "AlibiAttention",
    "RelativeAttention",
    "RotaryAttention",
    "alibi_bias",
    "alibi_slopes",
    "relative_positions",
    "rotary_angles",
    "rotate",
]
