from milestones.m03_multi_head_attention.modules import AttentionHead as AttentionHead
from milestones.m03_multi_head_attention.modules import MultiHeadAttention as MultiHeadAttention
from milestones.m03_multi_head_attention.pure import merge_heads as merge_heads
from milestones.m03_multi_head_attention.pure import (
    scaled_dot_product_attention as scaled_dot_product_attention,
)
from milestones.m03_multi_head_attention.pure import split_heads as split_heads
