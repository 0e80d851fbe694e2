"""Milestone 6, one file an exercise."""

from milestones.m06_sampler.ex1_greedy import greedy
from milestones.m06_sampler.ex2_apply_temperature import apply_temperature
from milestones.m06_sampler.ex3_top_k_filter import top_k_filter
from milestones.m06_sampler.ex4_top_p_filter import top_p_filter
from milestones.m06_sampler.ex5_frequency_penalty import frequency_penalty
from milestones.m06_sampler.ex6_sample import sample
from milestones.m06_sampler.ex7_generate import generate
from milestones.m06_sampler.ex8_forward_with_cache import KVCache, forward_with_cache
from milestones.m06_sampler.ex9_generate_cached import generate_cached
from milestones.m06_sampler.ex10_beam_search import beam_search

__all__ = [
    "KVCache",
    "apply_temperature",
    "beam_search",
    "forward_with_cache",
    "frequency_penalty",
    "generate",
    "generate_cached",
    "greedy",
    "sample",
    "top_k_filter",
    "top_p_filter",
]
