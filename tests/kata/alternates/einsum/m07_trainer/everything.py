"""Milestone 7 as a mathematician writes it: one line an equation, one page in all."""

import math
import os
import signal
import tempfile
import time
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor
from torch.nn.functional import cross_entropy


def train_val_split(data: Int[Tensor, " n"], val_fraction: float):
    n_val = round(val_fraction * data.numel())
    return data.tensor_split([data.numel() - n_val])


def get_batch(data: Int[Tensor, " n"], batch_size: int, context_length: int, generator=None):
    n, c = data.numel(), context_length
    if n <= c:
        raise ValueError(f"context_length is {c}, but there are {n} tokens")
    i = torch.randint(n - c, (batch_size,), generator=generator)
    w = data.unfold(0, c + 1, 1)[i]
    return w[:, :c], w[:, -c:]


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    @torch.no_grad()
    def step(self):
        for h in self.param_groups:
            a, b = h["betas"]
            for w in h["params"]:
                if w.grad is None:
                    continue
                g, s = w.grad, self.state[w]
                t = s.get("step", 0) + 1
                m = a * s.get("m", 0) + (1 - a) * g
                v = b * s.get("v", 0) + (1 - b) * g * g
                s.update(step=t, m=m, v=v)
                m_hat, v_hat = m / (1 - a**t), v / (1 - b**t)
                w -= h["lr"] * h["weight_decay"] * w
                w -= h["lr"] * m_hat / (v_hat.sqrt() + h["eps"])


def parameter_groups(model, weight_decay):
    groups = [], []
    for p in model.parameters():
        if p.requires_grad:
            groups[p.dim() < 2].append(p)
    return [
        {"params": g, "weight_decay": d} for g, d in zip(groups, (weight_decay, 0), strict=True)
    ]


def clip_grad_norm(parameters, max_norm):
    g = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(x.pow(2).sum().item() for x in g))
    c = min(1.0, max_norm / (norm + 1e-8))
    for x in g:
        x *= c
    return norm


def warmup_cosine(step, max_lr, min_lr, warmup_steps, total_steps):
    up = 1.0 if warmup_steps == 0 else min(1.0, step / warmup_steps)
    x = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    x = min(1.0, max(0.0, x)) if step < total_steps else 1.0
    down = min_lr + 0.5 * (max_lr - min_lr) * (1 + math.cos(math.pi * x))
    return up * max_lr if step < warmup_steps else down


def mean_loss(model, inputs, targets):
    return cross_entropy(model(inputs).mT, targets)


def train_step(model, batches, optimizer, max_norm=1.0):
    for p in model.parameters():
        p.grad = None
    n = torch.tensor([float(y.numel()) for _, y in batches], dtype=torch.float64)
    share = (n / n.sum()).tolist()
    losses = []
    for w, (x, y) in zip(share, batches, strict=True):
        loss = w * mean_loss(model, x, y)
        loss.backward()
        losses.append(loss.item())
    norm = clip_grad_norm(model.parameters(), max_norm)
    optimizer.step()
    return sum(losses), norm


@torch.no_grad()
def estimate_loss(model, data, n_batches, batch_size, context_length, generator):
    was = [(m, m.training) for m in model.modules()]
    try:
        model.eval()
        draw = (get_batch(data, batch_size, context_length, generator) for _ in range(n_batches))
        return sum(mean_loss(model, *b).item() for b in draw) / n_batches
    finally:
        for m, mode in was:
            m.training = mode


def save_checkpoint(path, model, optimizer, step, generator):
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    state |= {"generator": generator.get_state(), "rng": torch.get_rng_state()}
    folder = os.path.dirname(path) or "."
    os.makedirs(folder, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder)
    os.close(handle)
    try:
        torch.save(state, name)
        os.replace(name, path)
    except BaseException:
        os.remove(name)
        raise


def load_checkpoint(path, model, optimizer, generator) -> int:
    c = torch.load(path, weights_only=True, map_location="cpu")
    s, own = c["model"], model.state_dict()
    if extra := s.keys() ^ own.keys():
        raise ValueError(f"this checkpoint is of another model: {sorted(extra)}")
    for k in own:
        if s[k].shape != own[k].shape:
            raise ValueError(f"{k}: {tuple(s[k].shape)} in the file, {tuple(own[k].shape)} here")
    optimizer.load_state_dict(c["optimizer"])
    model.load_state_dict(s)
    generator.set_state(c["generator"])
    torch.set_rng_state(c["rng"])
    return c["step"]


def lr_range_test(model, next_batch, min_lr, max_lr, steps):
    x = torch.linspace(math.log(min_lr), math.log(max_lr), steps, dtype=torch.float64)
    lrs, losses = x.exp().tolist(), []
    weights = {k: v.clone() for k, v in model.state_dict().items()}
    grads = [(p, p.grad) for p in model.parameters()]
    adamw = AdamW(model.parameters())
    try:
        for lr in lrs:
            adamw.param_groups[0]["lr"] = lr
            for p, _ in grads:
                p.grad = None
            loss = mean_loss(model, *next_batch())
            loss.backward()
            losses.append(loss.item())
            adamw.step()
    finally:
        model.load_state_dict(weights)
        for p, g in grads:
            p.grad = g
    return lrs, losses


def suggest_lr(lrs, losses):
    x = torch.tensor(lrs, dtype=torch.float64).log()
    y = torch.tensor(losses, dtype=torch.float64)
    ok = y.isfinite()
    slope = y[ok].diff() / x[ok].diff()
    i = ok.nonzero()[slope.argmin()].item()
    return lrs[i]


def find_batch_size(try_step, start=1, limit=1024):
    def fits(n):
        try:
            try_step(n)
        except torch.OutOfMemoryError:
            return False
        return True

    n = min(start, limit)
    if fits(n):
        low, high = n, limit + 1
        while low < limit and high > limit:
            n = min(2 * low, limit)
            low, high = (n, high) if fits(n) else (low, n)
    else:
        low, high = 0, n
    while high - low > 1:
        n = (low + high) // 2
        low, high = (n, high) if fits(n) else (low, n)
    if low < 1:
        raise RuntimeError("a batch of 1 is too large for this memory")
    return low


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
    checkpoint_path: object = None
    seed: int = 0


class Trainer:
    def __init__(self, model, train_data, val_data, config, callbacks=()):
        self.model, self.train, self.val = model, train_data, val_data
        self.c, self.callbacks, self.step, self.stop = config, callbacks, 0, False
        self.optimizer = AdamW(parameter_groups(model, config.weight_decay), lr=config.max_lr)
        self.draws = torch.Generator().manual_seed(config.seed)

    def fit(self):
        def on_signal(*_):
            self.stop = True

        self.stop = False
        before = signal.signal(signal.SIGINT, on_signal)
        try:
            self.loop()
        finally:
            signal.signal(signal.SIGINT, before)
        if self.stop and self.c.checkpoint_path:
            self.save()

    def loop(self):
        c, t0, first = self.c, time.monotonic(), self.step
        self.model.train()
        for i in range(self.step, c.total_steps):
            lr = warmup_cosine(i + 1, c.max_lr, c.min_lr, c.warmup_steps, c.total_steps)
            for h in self.optimizer.param_groups:
                h["lr"] = lr
            size = c.batch_size, c.context_length
            batches = [get_batch(self.train, *size, self.draws) for _ in range(c.accumulation)]
            loss, norm = train_step(self.model, batches, self.optimizer, c.max_norm)
            self.step = i + 1
            tokens = (self.step - first) * c.accumulation * math.prod(size)
            record = {
                "step": self.step,
                "loss": loss,
                "lr": lr,
                "grad_norm": norm,
                "tokens": tokens,
            }
            record |= {"seconds": time.monotonic() - t0}
            if c.eval_every > 0 and self.step % c.eval_every == 0:
                g = torch.Generator().manual_seed(c.seed + 1)
                record["val_loss"] = estimate_loss(self.model, self.val, c.eval_batches, *size, g)
            if c.checkpoint_every > 0 and self.step % c.checkpoint_every == 0:
                self.save()
            for f in self.callbacks:
                f(record)
            if self.stop:
                break

    def save(self):
        save_checkpoint(self.c.checkpoint_path, self.model, self.optimizer, self.step, self.draws)

    def resume(self, path):
        self.step = load_checkpoint(path, self.model, self.optimizer, self.draws)
