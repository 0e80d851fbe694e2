"""Milestone 7, one file an exercise."""

from milestones.m07_trainer.ex01_train_val_split import train_val_split
from milestones.m07_trainer.ex02_get_batch import get_batch
from milestones.m07_trainer.ex03_adamw import AdamW
from milestones.m07_trainer.ex04_parameter_groups import parameter_groups
from milestones.m07_trainer.ex05_clip_grad_norm import clip_grad_norm
from milestones.m07_trainer.ex06_warmup_cosine import warmup_cosine
from milestones.m07_trainer.ex07_train_step import train_step
from milestones.m07_trainer.ex08_estimate_loss import estimate_loss
from milestones.m07_trainer.ex09_checkpoints import load_checkpoint, save_checkpoint
from milestones.m07_trainer.ex11_lr_range_test import lr_range_test
from milestones.m07_trainer.ex12_suggest_lr import suggest_lr
from milestones.m07_trainer.ex13_find_batch_size import find_batch_size
from milestones.m07_trainer.ex14_trainer import Trainer, TrainerConfig

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
