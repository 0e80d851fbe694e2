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
        c = self.config
        begun = time.perf_counter()
        tokens = 0
        with stop_requests() as asked:
            while self.step < c.total_steps:
                record = self.advance()
                tokens += record["tokens"]
                if c.eval_every and self.step % c.eval_every == 0:
                    record["val_loss"] = self.evaluate()
                if c.checkpoint_every and self.step % c.checkpoint_every == 0:
                    self.save()
                record |= {"tokens": tokens, "seconds": time.perf_counter() - begun}
                for tell in self.callbacks:
                    tell(record)
                if asked():
                    self.save()
                    break

    def advance(self) -> dict[str, Any]:
        c = self.config
        lr = warmup_cosine(self.step + 1, c.max_lr, c.min_lr, c.warmup_steps, c.total_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        batches = self.next_batches()
        self.model.train()
        loss, grad_norm = train_step(self.model, batches, self.optimizer, c.max_norm)
        self.step += 1
        return {
            "step": self.step,
            "loss": loss,
            "lr": lr,
            "grad_norm": grad_norm,
            "tokens": sum(x.numel() for x, _ in batches),
        }

    def evaluate(self) -> float:
        c = self.config
        fixed = torch.Generator().manual_seed(c.seed)
        return estimate_loss(
            self.model, self.val_data, c.eval_batches, c.batch_size, c.context_length, fixed
        )

    def save(self) -> None:
        path = self.config.checkpoint_path
        if path is not None:
            save_checkpoint(path, self.model, self.optimizer, self.step, self.generator)

    def resume(self, path: str | Path) -> None:
        self.step = load_checkpoint(path, self.model, self.optimizer, self.generator)
