"""Draws the figures of the lessons from the reference code: nox -s figures."""

import torch

from kata.curriculum import ROOT
from kata.figure import drawing
from milestones.m01_mlp import gelu, relu
from milestones.m02_self_attention import attention_weights, causal_mask, masked_softmax


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


def m02() -> None:
    words = ["good", "film", "classic"]
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    real = torch.tensor([True, True, False])
    panels = {
        "every word sees all": attention_weights(x),
        "the future is hidden": masked_softmax(x @ x.mT, causal_mask(3)),
        "the third is padding": masked_softmax(x @ x.mT, real),
    }
    with drawing(ROOT / "milestones/m02_self_attention/figure.svg", width=8, height=3) as figure:
        for axes, (title, weights) in zip(figure.subplots(1, 3), panels.items(), strict=True):
            axes.pcolormesh(weights, cmap="Blues", vmin=0, vmax=1, edgecolors="white")
            for query, row in enumerate(weights.tolist()):
                for key, weight in enumerate(row):
                    color = "white" if weight > 0.5 else "black"
                    axes.text(key + 0.5, query + 0.5, f"{weight:.2f}", ha="center", color=color)
            axes.set(title=title, xlabel="key", aspect="equal")
            axes.set_xticks([0.5, 1.5, 2.5], words)
            axes.set_yticks([0.5, 1.5, 2.5], words)
            axes.invert_yaxis()
        figure.axes[0].set_ylabel("query")


if __name__ == "__main__":
    m01()
    m02()
