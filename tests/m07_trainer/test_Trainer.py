"""Trainer trains by its config, tells its callbacks, stops and goes on.

pytest tests/m07_trainer/test_Trainer.py
"""

import math
import signal
import time
from contextlib import suppress
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m07_trainer import Trainer, TrainerConfig

VOCAB = 5
TRAIN, VAL = torch.tensor([3, 1, 4, 1, 0]), torch.tensor([2, 2, 0, 3, 4])  # one window each
LONG = check.randint(VOCAB, 500, seed=3)
SMALL = TrainerConfig(
    batch_size=3,
    context_length=4,
    total_steps=6,
    max_lr=0.1,
    min_lr=0.02,
    warmup_steps=2,
    weight_decay=0.5,
    max_norm=0.7,
    eval_batches=2,
)


class Model(nn.Module):
    """Scores the next token by the last one; remembers its inputs and modes."""

    def __init__(self, seed=0, dropout=0.0):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, 3)
        self.head = nn.Linear(3, VOCAB)
        self.load_state_dict(check.random_state(self, seed=seed))
        self.dropout = nn.Dropout(dropout)
        self.inputs, self.modes = [], []

    def forward(self, tokens):
        self.inputs.append(tokens.clone())
        self.modes.append("train" if self.training else "eval")
        return self.head(self.dropout(self.embedding(tokens)))


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def fit(config=SMALL, data=TRAIN, callbacks=(), model=None):
    """A trainer that has done its work, and its records."""
    records = []
    model = model or Model()
    trainer = Trainer(model, data, VAL, config, [records.append, *callbacks])
    trainer.fit()
    return trainer, records


def rate(step, c=SMALL):
    """The learning rate of the step that makes `step` steps done."""
    if step < c.warmup_steps:
        return c.max_lr * step / c.warmup_steps
    progress = min(1, (step - c.warmup_steps) / (c.total_steps - c.warmup_steps))
    return c.min_lr + (c.max_lr - c.min_lr) * (1 + math.cos(math.pi * progress)) / 2


def with_pytorch(c=SMALL, data=TRAIN):
    """The model, and (loss, norm) of each step, on the one window there is."""
    model = Model()
    rest = [model.head.bias]
    decay = [model.embedding.weight, model.head.weight]
    groups = [
        {"params": decay, "weight_decay": c.weight_decay},
        {"params": rest, "weight_decay": 0},
    ]
    optimizer = torch.optim.AdamW(groups)
    told = []
    for step in range(1, c.total_steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        loss = F.cross_entropy(model(data[None, :-1]).flatten(0, 1), data[1:])
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), c.max_norm)
        optimizer.step()
        told.append((loss.item(), norm.item()))
    return model, torch.tensor(told)


def validation_loss(model):
    return F.cross_entropy(model(VAL[None, :-1]).flatten(0, 1), VAL[1:]).item()


def test_the_weights_are_those_of_pytorchs_adamw_with_this_schedule():
    expected, _ = with_pytorch()
    trainer, _ = fit()
    check.equal(trainer.step, 6)
    check.close(weights(trainer.model), weights(expected))


def test_every_step_tells_its_loss_and_gradient_norm():
    _, told = with_pytorch()
    _, records = fit()
    check.close(torch.tensor([(r["loss"], r["grad_norm"]) for r in records]), told)


def test_steps_are_counted_from_one():
    _, records = fit()
    check.equal([record["step"] for record in records], [1, 2, 3, 4, 5, 6])


def test_every_step_has_the_rate_of_the_schedule():
    _, records = fit()
    expected = torch.tensor([rate(step) for step in range(1, 7)])
    check.close(torch.tensor([record["lr"] for record in records]), expected)


def test_the_first_step_moves_the_weights():
    trainer, _ = fit(replace(SMALL, total_steps=1, warmup_steps=0))
    check.equal(torch.equal(weights(trainer.model), weights(Model())), False)


def test_tokens_and_seconds_count_from_the_start():
    _, records = fit(replace(SMALL, accumulation=2))
    check.equal([record["tokens"] for record in records], [24, 48, 72, 96, 120, 144])
    seconds = [record["seconds"] for record in records]
    check.equal({type(second) for second in seconds}, {float})
    check.equal(seconds == sorted(seconds) and 0 <= seconds[0] < seconds[-1] < 60, True)


def test_seconds_count_on_from_step_to_step():
    _, records = fit(callbacks=[lambda record: time.sleep(0.02)])
    check.equal(records[-1]["seconds"] >= 0.1, True, hint="Five pauses of 0.02 s lie before.")


def test_a_step_draws_as_many_micro_batches_as_it_accumulates():
    model = Model()
    fit(replace(SMALL, accumulation=3, total_steps=2), model=model)
    check.equal([tuple(inputs.shape) for inputs in model.inputs], [(3, 4)] * 6)


def test_micro_batches_are_averaged():
    expected, told = with_pytorch()
    trainer, records = fit(replace(SMALL, accumulation=3))
    check.close(torch.tensor([(r["loss"], r["grad_norm"]) for r in records]), told)
    check.close(weights(trainer.model), weights(expected))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_text_in_memory_does_not_matter(layout):
    text = laid_out(TRAIN.unsqueeze(1).expand(5, 2), layout)[:, 1]  # a column of a table
    expected, _ = with_pytorch(data=text)
    trainer, _ = fit(data=text)
    check.close(weights(trainer.model), weights(expected))


def test_every_batch_is_another_one():
    model = Model()
    fit(replace(SMALL, accumulation=2), LONG, model=model)
    check.equal(len({tuple(inputs.flatten().tolist()) for inputs in model.inputs}), 12)


def test_the_seed_decides_which():
    models = Model(), Model(), Model()
    for model, seed in zip(models, (1, 1, 2), strict=True):
        fit(replace(SMALL, seed=seed), LONG, model=model)
    one, again, other = (torch.cat(model.inputs) for model in models)
    check.equal((torch.equal(one, again), torch.equal(one, other)), (True, False))


def test_it_evaluates_when_it_is_due():
    _, records = fit(replace(SMALL, eval_every=2))
    check.equal([r["step"] for r in records if "val_loss" in r], [2, 4, 6])


def test_it_never_evaluates_where_eval_every_is_zero():
    model = Model()
    _, records = fit(model=model)
    check.equal((["val_loss" in r for r in records], len(model.inputs)), ([False] * 6, 6))


def test_the_validation_loss_is_that_of_the_weights_just_made():
    expected, _ = with_pytorch()
    _, records = fit(replace(SMALL, eval_every=3))
    check.close(records[-1]["val_loss"], validation_loss(expected))


def test_it_trains_in_train_mode_and_evaluates_in_eval_mode():
    model = Model().eval()
    fit(replace(SMALL, total_steps=3, eval_every=2), model=model)
    check.equal(model.modes, ["train", "train", "eval", "eval", "train"])
    check.equal(model.training, True)


def test_it_evaluates_on_so_many_batches_the_same_each_time():
    model = Model()
    trainer = Trainer(model, TRAIN, LONG, replace(SMALL, eval_every=1, eval_batches=3))
    trainer.fit()
    batches = [i for i, mode in zip(model.inputs, model.modes, strict=True) if mode == "eval"]
    check.equal(len(batches), 18)
    first, last = torch.cat(batches[:3]), torch.cat(batches[-3:])
    check.equal((torch.equal(first, last), torch.equal(batches[0], batches[1])), (True, False))


def test_to_evaluate_changes_nothing():
    one, other = Model(dropout=0.5), Model(dropout=0.5)
    rng = torch.get_rng_state()
    fit(SMALL, LONG, model=one)
    torch.set_rng_state(rng)
    fit(replace(SMALL, eval_every=1), LONG, model=other)
    trained = [i for i, mode in zip(other.inputs, other.modes, strict=True) if mode == "train"]
    check.equal(torch.equal(torch.cat(one.inputs), torch.cat(trained)), True)
    check.equal(torch.equal(weights(one), weights(other)), True)


def test_it_writes_checkpoints_when_they_are_due_before_its_callbacks_run(tmp_path):
    config = replace(SMALL, checkpoint_every=2, checkpoint_path=tmp_path / "one.pt")
    found = []

    def look(record):
        there = config.checkpoint_path.exists()
        found.append(torch.load(config.checkpoint_path)["step"] if there else None)

    fit(config, callbacks=[look])
    check.equal(found, [None, 2, 2, 4, 4, 6])


def test_it_never_writes_one_where_checkpoint_every_is_zero(tmp_path):
    fit(replace(SMALL, checkpoint_path=tmp_path / "one.pt"))
    check.equal([file.name for file in tmp_path.iterdir()], [])


class Power(Exception):
    """The plug is pulled."""


def stopped_at(step, config, model, data=LONG):
    """A run that ended after so many steps: its trainer."""

    def pull(record):
        if record["step"] == step:
            raise Power

    trainer = Trainer(model, data, VAL, config, [pull])
    with suppress(Power):
        trainer.fit()
    return trainer


@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_resumed_run_ends_where_it_would_have_ended(tmp_path, accumulation):
    path = tmp_path / "one.pt"
    config = replace(
        SMALL, accumulation=accumulation, eval_every=2, checkpoint_every=4, checkpoint_path=path
    )
    rng = torch.get_rng_state()
    whole = Model(dropout=0.5)
    fit(replace(config, checkpoint_every=0), LONG, model=whole)
    torch.set_rng_state(rng)
    stopped_at(4, config, Model(dropout=0.5))
    torch.rand(7)
    resumed = Model(seed=8, dropout=0.5)
    steps = []
    trainer = Trainer(resumed, LONG, VAL, config, [lambda record: steps.append(record["step"])])
    trainer.resume(path)
    check.equal(trainer.step, 4)
    trainer.fit()
    check.equal(steps, [5, 6])
    check.equal(torch.equal(weights(resumed), weights(whole)), True)


def test_a_resumed_run_goes_on_with_its_rates_and_moments(tmp_path):
    config = replace(SMALL, checkpoint_every=4, checkpoint_path=tmp_path / "one.pt")
    stopped_at(4, config, Model(), TRAIN)
    records = []
    trainer = Trainer(Model(seed=8), TRAIN, VAL, config, [records.append])
    trainer.resume(config.checkpoint_path)
    trainer.fit()
    rates = torch.tensor([rate(step) for step in (5, 6)])
    check.close(torch.tensor([record["lr"] for record in records]), rates)
    check.close(weights(trainer.model), weights(with_pytorch()[0]))


def test_where_fit_was_left_it_goes_on_with_other_batches():
    model = Model()
    trainer = stopped_at(4, SMALL, model)
    trainer.fit()
    check.equal(len({tuple(inputs.flatten().tolist()) for inputs in model.inputs}), 6)


def test_after_a_resume_the_tokens_count_from_there(tmp_path):
    config = replace(SMALL, checkpoint_every=4, checkpoint_path=tmp_path / "one.pt")
    stopped_at(4, config, Model())
    records = []
    trainer = Trainer(Model(), LONG, VAL, config, [records.append])
    trainer.resume(config.checkpoint_path)
    trainer.fit()
    check.equal([record["tokens"] for record in records], [12, 24])


def test_what_is_done_is_not_done_again():
    trainer, records = fit()
    before = weights(trainer.model)
    trainer.fit()
    check.equal((trainer.step, len(records)), (6, 6))
    check.close(weights(trainer.model), before, rtol=1e-7, atol=1e-9)


def test_every_callback_is_called_in_order():
    called = []
    fit(
        replace(SMALL, total_steps=2),
        callbacks=[lambda r: called.append("a"), lambda r: called.append("b")],
    )
    check.equal(called, ["a", "b", "a", "b"])


def test_ctrl_c_ends_it_after_the_step_with_a_checkpoint_to_go_on_from(tmp_path):
    config = replace(SMALL, checkpoint_path=tmp_path / "one.pt")
    whole, _ = fit(config, LONG)

    class Interrupted(Model):
        def forward(self, tokens):
            if len(self.inputs) == 2:  # in the middle of the third step
                signal.raise_signal(signal.SIGINT)
            return super().forward(tokens)

    cut = Interrupted()
    records = []
    try:
        Trainer(cut, LONG, VAL, config, [records.append]).fit()
    except KeyboardInterrupt:
        records.append("KeyboardInterrupt came out of fit")
    check.equal([record["step"] for record in records if isinstance(record, dict)], [1, 2, 3])
    check.equal(len(records), 3)
    check.equal(config.checkpoint_path.exists(), True)
    resumed = Model(seed=8)
    trainer = Trainer(resumed, LONG, VAL, config)
    trainer.resume(config.checkpoint_path)
    check.equal(trainer.step, 3)
    trainer.fit()
    check.equal(torch.equal(weights(resumed), weights(whole.model)), True)


def test_ctrl_c_without_a_path_just_ends_it():
    def press(record):
        if record["step"] == 2:
            signal.raise_signal(signal.SIGINT)

    records = []
    trainer = Trainer(Model(), TRAIN, VAL, SMALL, [records.append, press])
    with suppress(KeyboardInterrupt):
        trainer.fit()
        records.append({"fit": "returned"})
    check.equal((trainer.step, len(records)), (2, 3))
