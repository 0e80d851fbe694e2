"""Milestone 10, one file an exercise."""

from milestones.m10_llama.cache import LlamaCache
from milestones.m10_llama.config import LlamaConfig
from milestones.m10_llama.ex1_rms_norm import RMSNorm
from milestones.m10_llama.ex2_swiglu import SwiGLU
from milestones.m10_llama.ex3_repeat_heads import repeat_heads
from milestones.m10_llama.ex4_grouped_query_attention import GroupedQueryAttention
from milestones.m10_llama.ex5_llama_block import LlamaBlock
from milestones.m10_llama.ex6_llama import Llama
from milestones.m10_llama.ex7_load_llama import load_llama
from milestones.m10_llama.ex8_continue_text import continue_text
from milestones.m10_llama.ex9_continue_texts import continue_texts
from milestones.m10_llama.ex10_dequantize import dequantize
from milestones.m10_llama.ex11_chat_tokens import chat_tokens

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
