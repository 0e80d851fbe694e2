"""Exercise 14: the trainer, and the settings it goes by."""

import signal
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from milestones.m07_trainer.ex02_get_batch import get_batch
from milestones.m07_trainer.ex03_adamw import AdamW
from milestones.m07_trainer.ex04_parameter_groups import parameter_groups
from milestones.m07_trainer.ex06_warmup_cosine import warmup_cosine
from milestones.m07_trainer.ex07_train_step import train_step
from milestones.m07_trainer.ex08_estimate_loss import estimate_loss
from milestones.m07_trainer.ex09_checkpoints import load_checkpoint, save_checkpoint


@dataclass(frozen=True)
class TrainerConfig:
    batch_size: int
    context_length: int
    total_steps: int
    max_lr: float
    min_lr: float = 0.0
    warmup_steps: int = 0
    weight_decay: float = 0.1
    max_norm: float = 1.0
    accumulation: int = 1
    eval_every: int = 0
    eval_batches: int = 20
    checkpoint_every: int = 0
    checkpoint_path: str | Path | None = None
    seed: int = 0


class Trainer:
    def __init__(self, model, train_data, val_data, config, callbacks=()):
        self.model = model
        self.train_data = train_data
        self.val_data = val_data
        self.config = config
        self.callbacks = callbacks
        self.step = 0
        self.interrupted = False
        self.optimizer = AdamW(parameter_groups(model, config.weight_decay), lr=config.max_lr)
        self.generator = torch.Generator()
        self.generator.manual_seed(config.seed)

    def interrupt(self, number, frame):
        self.interrupted = True

    def fit(self):
        self.interrupted = False
        handler = signal.signal(signal.SIGINT, self.interrupt)
        self.start = time.perf_counter()
        self.tokens = 0
        self.model.train()
        try:
            while self.step < self.config.total_steps:
                self.one_step()
                if self.interrupted:
                    break
        finally:
            signal.signal(signal.SIGINT, handler)
        if self.interrupted and self.config.checkpoint_path is not None:
            self.save()

    def one_step(self):
        config = self.config
        done = self.step + 1
        lr = warmup_cosine(
            done, config.max_lr, config.min_lr, config.warmup_steps, config.total_steps
        )
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        batches = []
        for _ in range(config.accumulation):
            batch = get_batch(
                self.train_data, config.batch_size, config.context_length, self.generator
            )
            batches.append(batch)
            self.tokens = self.tokens + batch[0].numel()
        loss, grad_norm = train_step(self.model, batches, self.optimizer, config.max_norm)
        self.step = done
        record = {}
        record["step"] = done
        record["loss"] = loss
        record["lr"] = lr
        record["grad_norm"] = grad_norm
        record["tokens"] = self.tokens
        record["seconds"] = time.perf_counter() - self.start
        if self.is_due(config.eval_every):
            record["val_loss"] = self.validation_loss()
        if self.is_due(config.checkpoint_every):
            self.save()
        for callback in self.callbacks:
            callback(record)

    def is_due(self, every):
        if every == 0:
            return False
        return self.step % every == 0

    def validation_loss(self):
        config = self.config
        generator = torch.Generator()
        generator.manual_seed(config.seed)
        return estimate_loss(
            self.model,
            self.val_data,
            config.eval_batches,
            config.batch_size,
            config.context_length,
            generator,
        )

    def save(self):
        path = self.config.checkpoint_path
        save_checkpoint(path, self.model, self.optimizer, self.step, self.generator)

    def resume(self, path):
        self.step = load_checkpoint(path, self.model, self.optimizer, self.generator)
