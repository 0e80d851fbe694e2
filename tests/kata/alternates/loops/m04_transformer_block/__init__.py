"""Milestone 4, one file an exercise."""

from milestones.m04_transformer_block.ex1_layer_norm import LayerNorm
from milestones.m04_transformer_block.ex2_dropout import Dropout
from milestones.m04_transformer_block.ex3_transformer_block import TransformerBlock
from milestones.m04_transformer_block.ex4_post_norm_block import PostNormBlock

__all__ = ["Dropout", "LayerNorm", "PostNormBlock", "TransformerBlock"]
