from milestones.m04_transformer_block.everything import (
    Dropout,
    LayerNorm,
    PostNormBlock,
    TransformerBlock,
)

__all__ = ["Dropout", "LayerNorm", "PostNormBlock", "TransformerBlock"]
