"""Draws the figures of the lessons from the reference code: nox -s figures."""

import torch

from kata.curriculum import ROOT
from kata.figure import drawing
from milestones.m01_mlp import gelu, relu


def m01() -> None:
    x = torch.linspace(-4, 4, 161)
    with drawing(ROOT / "milestones/m01_mlp/figure.svg", width=7, height=3) as figure:
        left, right = figure.subplots(1, 2, sharex=True)
        for function, style in ((relu, "-"), (gelu, "--")):
            leaf = x.clone().requires_grad_()
            out = function(leaf)
            (slope,) = torch.autograd.grad(out.sum(), leaf)
            left.plot(x, out.detach(), style, label=function.__name__)
            right.plot(x, slope, style, label=function.__name__)
        left.set(title="value", xlabel="x")
        right.set(title="gradient", xlabel="x")
        left.legend()


if __name__ == "__main__":
    m01()
