from milestones.m03_multi_head_attention.everything import (
    AttentionHead,
    MultiHeadAttention,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)

__all__ = [
    "AttentionHead",
    "MultiHeadAttention",
    "merge_heads",
    "scaled_dot_product_attention",
    "split_heads",
]
