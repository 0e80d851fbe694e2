"""Milestone 1, one file an exercise."""

from milestones.m01_mlp.ex1_relu import relu
from milestones.m01_mlp.ex2_gelu import gelu
from milestones.m01_mlp.ex3_softmax import softmax
from milestones.m01_mlp.ex4_cross_entropy import cross_entropy
from milestones.m01_mlp.ex5_linear import Linear
from milestones.m01_mlp.ex6_embedding import Embedding
from milestones.m01_mlp.ex7_mlp import MLP
from milestones.m01_mlp.ex8_mlp_language_model import MLPLanguageModel

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
