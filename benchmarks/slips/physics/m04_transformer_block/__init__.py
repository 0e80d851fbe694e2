"""Milestone 4: layer norm, dropout, and the block that a transformer stacks."""

from milestones.m04_transformer_block.block import PostNormBlock, TransformerBlock
from milestones.m04_transformer_block.dropout import Dropout
from milestones.m04_transformer_block.norm import LayerNorm

__all__ = ["Dropout", "LayerNorm", "PostNormBlock", "TransformerBlock"]
