from milestones.m02_self_attention.everything import (
    SequenceClassifier,
    attention_weights,
    causal_mask,
    causal_self_attention,
    masked_softmax,
    padding_mask,
    self_attention,
)

__all__ = [
    "SequenceClassifier",
    "attention_weights",
    "causal_mask",
    "causal_self_attention",
    "masked_softmax",
    "padding_mask",
    "self_attention",
]
