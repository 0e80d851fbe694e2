from milestones.m10_llama.cache import LlamaCache
from milestones.m10_llama.config import LlamaConfig
from milestones.m10_llama.everything import (
    GroupedQueryAttention,
    Llama,
    LlamaBlock,
    RMSNorm,
    SwiGLU,
    chat_tokens,
    continue_text,
    continue_texts,
    dequantize,
    load_llama,
    repeat_heads,
)

__all__ = [
    "GroupedQueryAttention",
    "Llama",
    "LlamaBlock",
    "LlamaCache",
    "LlamaConfig",
    "RMSNorm",
    "SwiGLU",
    "chat_tokens",
    "continue_text",
    "continue_texts",
    "dequantize",
    "load_llama",
    "repeat_heads",
]
