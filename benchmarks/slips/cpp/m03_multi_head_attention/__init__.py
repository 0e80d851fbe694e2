"""Milestone 3: attention with queries, keys and values, in one head and in many."""

from milestones.m03_multi_head_attention.attention import (
    AttentionHead,
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from milestones.m03_multi_head_attention.heads import merge_heads, split_heads

__all__ = [
    "AttentionHead",
    "MultiHeadAttention",
    "merge_heads",
    "scaled_dot_product_attention",
    "split_heads",
]
