"""Milestone 3, one file an exercise."""

from milestones.m03_multi_head_attention.ex1_attention import scaled_dot_product_attention
from milestones.m03_multi_head_attention.ex2_split_heads import split_heads
from milestones.m03_multi_head_attention.ex3_merge_heads import merge_heads
from milestones.m03_multi_head_attention.ex4_attention_head import AttentionHead
from milestones.m03_multi_head_attention.ex5_multi_head_attention import MultiHeadAttention

__all__ = [
    "AttentionHead",
    "MultiHeadAttention",
    "merge_heads",
    "scaled_dot_product_attention",
    "split_heads",
]
