"""The loop: a generator of records, and a shell that tells the callbacks."""

import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from milestones.m07_trainer.checkpoint import load_checkpoint, save_checkpoint
from milestones.m07_trainer.optimizer import AdamW, parameter_groups
from milestones.m07_trainer.pure import get_batch, warmup_cosine
from milestones.m07_trainer.step import estimate_loss, train_step

Record = dict[str, Any]


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


def is_due(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


@contextmanager
def interruptible() -> Generator[list[int]]:
    """Yields a list that fills when Ctrl-C or SIGTERM asks to stop; a second Ctrl-C stops."""
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number, frame):
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Trainer:
    def __init__(self, model, train_data, val_data, config, callbacks=()) -> None:
        self.model, self.config, self.callbacks = model, config, callbacks
        self.train_data, self.val_data = train_data, val_data
        groups = parameter_groups(model, config.weight_decay)
        self.optimizer = AdamW(groups, lr=config.max_lr)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step = 0

    def fit(self) -> None:
        self.model.train()
        with interruptible() as asked:
            for record in self.records():
                for callback in self.callbacks:
                    callback(record)
                if asked:
                    break
            if asked and self.config.checkpoint_path is not None:
                self.save()

    def records(self) -> Generator[Record]:
        """One for each step, when all is done that the step brings with it."""
        c = self.config
        began, tokens = time.monotonic(), 0
        while self.step < c.total_steps:
            record = self.advance()
            tokens += c.batch_size * c.context_length * c.accumulation
            record |= {"tokens": tokens, "seconds": time.monotonic() - began}
            if is_due(self.step, c.eval_every):
                record["val_loss"] = self.evaluate()
            if is_due(self.step, c.checkpoint_every):
                self.save()
            yield record

    def advance(self) -> Record:
        c = self.config
        lr = warmup_cosine(self.step + 1, c.max_lr, c.min_lr, c.warmup_steps, c.total_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        draw = lambda: get_batch(self.train_data, c.batch_size, c.context_length, self.generator)  # noqa: E731
        batches = [draw() for _ in range(c.accumulation)]
        loss, grad_norm = train_step(self.model, batches, self.optimizer, c.max_norm)
        self.step += 1
        return {"step": self.step, "loss": loss, "lr": lr, "grad_norm": grad_norm}

    def evaluate(self) -> float:
        c = self.config
        generator = torch.Generator().manual_seed(c.seed)
        size = c.eval_batches, c.batch_size, c.context_length
        return estimate_loss(self.model, self.val_data, *size, generator)

    def save(self) -> None:
        path = self.config.checkpoint_path
        if path is not None:
            save_checkpoint(path, self.model, self.optimizer, self.step, self.generator)

    def resume(self, path: str | Path) -> None:
        self.step = load_checkpoint(path, self.model, self.optimizer, self.generator)
