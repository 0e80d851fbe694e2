"""Milestone 10: Llama, and a published chat model in your own code."""

from milestones.m10_llama.attention import GroupedQueryAttention, repeat_heads
from milestones.m10_llama.cache import LlamaCache
from milestones.m10_llama.chat import chat_tokens
from milestones.m10_llama.config import LlamaConfig
from milestones.m10_llama.generation import continue_text, continue_texts
from milestones.m10_llama.llama import Llama, LlamaBlock
from milestones.m10_llama.loading import load_llama
from milestones.m10_llama.parts import RMSNorm, SwiGLU
from milestones.m10_llama.quantized import dequantize

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
