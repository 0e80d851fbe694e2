"""The loop that puts it all together.

Uses everything else in this milestone.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor, nn

from milestones.m07_trainer.checkpoint import load_checkpoint, save_checkpoint
from milestones.m07_trainer.config import TrainerConfig
from milestones.m07_trainer.data import get_batch
from milestones.m07_trainer.interrupt import stop_requests
from milestones.m07_trainer.optimizer import AdamW, parameter_groups
from milestones.m07_trainer.processes import rank_and_world
from milestones.m07_trainer.step import Batch, estimate_loss, train_step, warmup_cosine

Callback = Callable[[dict[str, Any]], object]


class Trainer:
    """Trains a model, tells its callbacks how it goes, and can stop and go on.

    model: tokens "batch seq" to logits "batch seq vocab". train_data, val_data: tokens.
    step: how many steps are done. optimizer: AdamW on parameter_groups. generator: draws the
    training batches; seeded with config.seed.

    Source: Karpathy 2022, nanoGPT, for the recipe.
    """

    def __init__(  # given
        self,
        model: nn.Module,
        train_data: Int[Tensor, " train"],
        val_data: Int[Tensor, " val"],
        config: TrainerConfig,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.model, self.config, self.callbacks = model, config, callbacks
        self.train_data, self.val_data = train_data, val_data
        self.optimizer = AdamW(parameter_groups(model, config.weight_decay), lr=config.max_lr)
        self.generator = torch.Generator().manual_seed(config.seed)
        self.step = 0

    def next_batches(self) -> list[Batch]:  # given
        """The next step's micro-batches. Of several processes each takes its own share."""
        c = self.config
        rank, world = rank_and_world()
        drawn = [
            get_batch(self.train_data, c.batch_size, c.context_length, self.generator)
            for _ in range(c.accumulation * world)
        ]
        return drawn[rank::world]

    def fit(self) -> None:
        """Train, in train mode, until config.total_steps steps are done.

        Step i (from 0) has the learning rate warmup_cosine(i + 1, ...), in every parameter group.
        After each step: evaluate and write a checkpoint where they are due, then call each
        callback with a record, a dict: step (steps done, from 1), loss, lr, grad_norm, tokens
        and seconds (both since fit was called), and val_loss where it was measured.
        The validation batches come from a generator of their own, seeded with config.seed, so they
        are the same each time, and to evaluate changes nothing.
        Ctrl-C ends it after the step under way and its callbacks, with a checkpoint where there is
        a path for one.
        """
        c = self.config
        started, first = time.perf_counter(), self.step
        self.model.train()
        with stop_requests() as asked_to_stop:
            while self.step < c.total_steps and not asked_to_stop():
                record = self.advance()
                step_tokens = c.batch_size * c.accumulation * c.context_length
                record["tokens"] = (self.step - first) * step_tokens
                record["seconds"] = time.perf_counter() - started
                if c.eval_every and self.step % c.eval_every == 0:
                    record["val_loss"] = self.evaluate()
                if c.checkpoint_every and self.step % c.checkpoint_every == 0:
                    self.save()
                for callback in self.callbacks:
                    callback(record)
            if asked_to_stop() and c.checkpoint_path:
                self.save()

    def advance(self) -> dict[str, Any]:
        """One step: set the learning rate, train, count. A helper for fit; you may leave it out."""
        c = self.config
        lr = warmup_cosine(self.step + 1, c.max_lr, c.min_lr, c.warmup_steps, c.total_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        loss, grad_norm = train_step(self.model, self.next_batches(), self.optimizer, c.max_norm)
        self.step += 1
        return {"step": self.step, "loss": loss, "lr": lr, "grad_norm": grad_norm}

    def evaluate(self) -> float:
        """The loss on the validation batches. A helper for fit; you may leave it out."""
        c = self.config
        generator = torch.Generator().manual_seed(c.seed)
        data, batches = self.val_data, c.eval_batches
        return estimate_loss(self.model, data, batches, c.batch_size, c.context_length, generator)

    def save(self) -> None:
        """Write a checkpoint to config.checkpoint_path. A helper for fit; you may leave it out."""
        path = self.config.checkpoint_path
        save_checkpoint(path, self.model, self.optimizer, self.step, self.generator)

    def resume(self, path: str | Path) -> None:
        """Go back to a checkpoint: fit then goes on as if training had never stopped."""
        self.step = load_checkpoint(path, self.model, self.optimizer, self.generator)
