"""Milestone 14: circuits as matrices, paths, and induction heads, grown and written by hand."""

from milestones.m14_circuits.induction import (
    in_context_score,
    induction_score,
    previous_token_score,
    repeated_tokens,
    write_induction_heads,
)
from milestones.m14_circuits.matrices import (
    composed_qk_circuit,
    composition_score,
    copying_score,
    ov_circuit,
    position_circuit,
    qk_circuit,
)
from milestones.m14_circuits.paths import path_logits, term_losses
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
