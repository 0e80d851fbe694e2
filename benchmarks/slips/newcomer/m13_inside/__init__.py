"""Milestone 13: hooks, the logit lens, attribution, patching, and neurons as memories."""

from milestones.m13_inside.hooks import run_with_cache, run_with_hooks
from milestones.m13_inside.memory import top_triggers, value_distribution
from milestones.m13_inside.patching import (
    ablate_head,
    head_patching_grid,
    logit_difference,
    patch_head,
    patch_stream,
    patching_grid,
)
from milestones.m13_inside.stream import (
    attention_patterns,
    attribute_logits,
    decompose,
    head_outputs,
    logit_lens,
    residual_stream,
)

__all__ = [
    "ablate_head",
    "attention_patterns",
    "attribute_logits",
    "decompose",
    "head_outputs",
    "head_patching_grid",
    "logit_difference",
    "logit_lens",
    "patch_head",
    "patch_stream",
    "patching_grid",
    "residual_stream",
    "run_with_cache",
    "run_with_hooks",
    "top_triggers",
    "value_distribution",
]
