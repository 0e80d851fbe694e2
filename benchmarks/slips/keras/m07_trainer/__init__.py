"""Milestone 7: everything between a model and a trained model."""

from milestones.m07_trainer.checkpoint import load_checkpoint, save_checkpoint
from milestones.m07_trainer.config import TrainerConfig
from milestones.m07_trainer.data import get_batch, train_val_split
from milestones.m07_trainer.optimizer import AdamW, parameter_groups
from milestones.m07_trainer.search import find_batch_size, lr_range_test, suggest_lr
from milestones.m07_trainer.step import clip_grad_norm, estimate_loss, train_step, warmup_cosine
from milestones.m07_trainer.trainer import Trainer

__all__ = [
    "AdamW",
    "Trainer",
    "TrainerConfig",
    "clip_grad_norm",
    "estimate_loss",
    "find_batch_size",
    "get_batch",
    "load_checkpoint",
    "lr_range_test",
    "parameter_groups",
    "save_checkpoint",
    "suggest_lr",
    "train_step",
    "train_val_split",
    "warmup_cosine",
]
