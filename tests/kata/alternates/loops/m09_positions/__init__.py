"""Milestone 9, one file an exercise."""

from milestones.m09_positions.ex1_relative_positions import relative_positions
from milestones.m09_positions.ex2_relative_attention import RelativeAttention
from milestones.m09_positions.ex3_rotary_angles import rotary_angles
from milestones.m09_positions.ex4_rotate import rotate
from milestones.m09_positions.ex5_rotary_attention import RotaryAttention
from milestones.m09_positions.ex6_alibi_slopes import alibi_slopes
from milestones.m09_positions.ex7_alibi_bias import alibi_bias
from milestones.m09_positions.ex8_alibi_attention import AlibiAttention

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
