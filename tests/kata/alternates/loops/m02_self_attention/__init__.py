"""Milestone 2, one file an exercise."""

from milestones.m02_self_attention.ex1_attention_weights import attention_weights
from milestones.m02_self_attention.ex2_self_attention import self_attention
from milestones.m02_self_attention.ex3_causal_mask import causal_mask
from milestones.m02_self_attention.ex4_padding_mask import padding_mask
from milestones.m02_self_attention.ex5_masked_softmax import masked_softmax
from milestones.m02_self_attention.ex6_causal_self_attention import causal_self_attention
from milestones.m02_self_attention.ex7_sequence_classifier import SequenceClassifier

__all__ = [
    "SequenceClassifier",
    "attention_weights",
    "causal_mask",
    "causal_self_attention",
    "masked_softmax",
    "padding_mask",
    "self_attention",
]
