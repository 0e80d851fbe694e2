from milestones.m14_circuits.everything import (
    composed_qk_circuit,
    composition_score,
    copying_score,
    in_context_score,
    induction_score,
    ov_circuit,
    path_logits,
    position_circuit,
    previous_token_score,
    qk_circuit,
    repeated_tokens,
    term_losses,
    write_induction_heads,
)
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
