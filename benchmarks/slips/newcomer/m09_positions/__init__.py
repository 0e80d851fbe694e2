"""Milestone 9: positions as a learned distance, as a turn, and as a slope."""

from milestones.m09_positions.alibi import AlibiAttention, alibi_bias, alibi_slopes
from milestones.m09_positions.relative import RelativeAttention, relative_positions
from milestones.m09_positions.rotary import RotaryAttention, rotary_angles, rotate

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
