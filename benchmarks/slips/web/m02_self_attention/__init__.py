"""Milestone 2: attention without parameters, its masks, and a classifier that uses it."""

from milestones.m02_self_attention.attention import (
    attention_weights,
    causal_self_attention,
    self_attention,
)
from milestones.m02_self_attention.classifier import SequenceClassifier
from milestones.m02_self_attention.masks import causal_mask, masked_softmax, padding_mask

__all__ = [
    "SequenceClassifier",
    "attention_weights",
    "causal_mask",
    "causal_self_attention",
    "masked_softmax",
    "padding_mask",
    "self_attention",
]
