"""Milestone 1: the functions and layers of a neural network, and a first language model."""

from milestones.m01_mlp.functions import cross_entropy, gelu, relu, softmax
from milestones.m01_mlp.language_model import MLPLanguageModel
from milestones.m01_mlp.layers import Embedding, Linear
from milestones.m01_mlp.mlp import MLP

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
