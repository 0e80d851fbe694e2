"""Milestone 14, one file an exercise."""

from milestones.m14_circuits.ex01_repeated_tokens import repeated_tokens
from milestones.m14_circuits.ex02_ov_circuit import ov_circuit
from milestones.m14_circuits.ex03_qk_circuit import qk_circuit
from milestones.m14_circuits.ex04_position_circuit import position_circuit
from milestones.m14_circuits.ex05_copying_score import copying_score
from milestones.m14_circuits.ex06_path_logits import path_logits
from milestones.m14_circuits.ex07_previous_token_score import previous_token_score
from milestones.m14_circuits.ex08_induction_score import induction_score
from milestones.m14_circuits.ex09_in_context_score import in_context_score
from milestones.m14_circuits.ex10_composition_score import composition_score
from milestones.m14_circuits.ex11_composed_qk_circuit import composed_qk_circuit
from milestones.m14_circuits.ex12_term_losses import term_losses
from milestones.m14_circuits.ex13_write_induction_heads import write_induction_heads
from milestones.m14_circuits.toy import AttentionOnly, without_head

__all__ = [
    "AttentionOnly",
    "composed_qk_circuit",
    "composition_score",
    "copying_score",
    "in_context_score",
    "induction_score",
    "ov_circuit",
    "path_logits",
    "position_circuit",
    "previous_token_score",
    "qk_circuit",
    "repeated_tokens",
    "term_losses",
    "without_head",
    "write_induction_heads",
]
