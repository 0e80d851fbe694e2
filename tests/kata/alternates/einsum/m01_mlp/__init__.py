from milestones.m01_mlp.everything import (
    MLP,
    Embedding,
    Linear,
    MLPLanguageModel,
    cross_entropy,
    gelu,
    relu,
    softmax,
)

__all__ = [
    "MLP",
    "Embedding",
    "Linear",
    "MLPLanguageModel",
    "cross_entropy",
    "gelu",
    "relu",
    "softmax",
]
