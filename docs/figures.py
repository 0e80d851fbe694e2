"""Draws the figures of the lessons from the reference code: nox -s figures."""

import json
import math
from types import SimpleNamespace

import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from kata.paths import ROOT
from kata.runs.characters import Characters
from kata.runs.figure import add_legend, drawing, heat, heat_grid
from kata.runs.names_and_places import Prompts, with_the_other_giver
from kata.runs.theme import BLUE, BLUE_FILL, GROUND, MUTED, ORANGE, ORANGE_FILL, WIDEST
from milestones.m01_mlp import gelu, relu
from milestones.m02_self_attention import attention_weights, causal_mask, masked_softmax
from milestones.m03_multi_head_attention import split_heads
from milestones.m04_transformer_block import PostNormBlock, TransformerBlock
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m06_sampler import beam_search
from milestones.m07_trainer import get_batch, lr_range_test, suggest_lr, warmup_cosine
from milestones.m09_positions import alibi_bias, relative_positions, rotary_angles, rotate
from milestones.m10_llama import LlamaCache, repeat_heads
from milestones.m13_inside import attribute_logits, logit_difference, patching_grid
from milestones.m14_circuits import AttentionOnly
from tests.frozen import unpack


def m01() -> None:
    x = torch.linspace(-4, 4, 161)
    with drawing(ROOT / "milestones/m01_mlp/figure.svg", height=3.4) as figure:
        left, right = figure.subplots(1, 2, sharex=True)
        for function, style in ((relu, "-"), (gelu, "--")):
            leaf = x.clone().requires_grad_()
            out = function(leaf)
            (slope,) = torch.autograd.grad(out.sum(), leaf)
            left.plot(x, out.detach(), style, label=function.__name__)
            right.plot(x, slope, style, label=function.__name__)
        left.set(title="value", xlabel="x")
        right.set(title="gradient", xlabel="x")
        add_legend(figure)


def m02() -> None:
    words = ["good", "film", "classic"]
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    real = torch.tensor([True, True, False])
    panels = {
        "every word sees all": attention_weights(x),
        "the future is hidden": masked_softmax(x @ x.mT, causal_mask(3)),
        "the third is padding": masked_softmax(x @ x.mT, real),
    }
    with drawing(ROOT / "milestones/m02_self_attention/figure.svg", WIDEST, 3.2) as figure:
        for axes, (title, weights) in zip(figure.subplots(1, 3), panels.items(), strict=True):
            heat(axes, weights.tolist(), BLUE_FILL)
            for query, row in enumerate(weights.tolist()):
                for key, weight in enumerate(row):
                    axes.text(key + 0.5, query + 0.5, f"{weight:.2f}", ha="center", va="center")
            axes.set(title=title, xlabel="key", aspect="equal", yticks=[])
            axes.set_xticks([0.5, 1.5, 2.5], words)
            axes.spines[:].set_visible(False)
            axes.tick_params(length=0)
        figure.axes[0].set_yticks([0.5, 1.5, 2.5], words)
        figure.axes[0].set_ylabel("query")
        figure.get_layout_engine().set(wspace=0.06)


def m03() -> None:
    x = torch.arange(1.0, 13.0).reshape(3, 4)  # (seq, d_model); columns 1 and 2 are head 0's
    panels = {
        "x: (seq, d_model)": [x],
        "split_heads(x, 2)": split_heads(x, 2),
        "x.view(2, 3, 2): scrambled": x.view(2, 3, 2),
    }
    with drawing(ROOT / "milestones/m03_multi_head_attention/figure.svg", WIDEST, 3) as figure:
        for axes, (title, blocks) in zip(figure.subplots(1, 3), panels.items(), strict=True):
            for head, block in enumerate(blocks):
                draw_block(axes, block, left=2.5 * head)
                if len(blocks) > 1:
                    axes.text(2.5 * head + 1, -0.2, f"head {head}", ha="center")
            axes.set(title=title, aspect="equal", xlim=(-0.2, 4.7), ylim=(3.1, -0.8))
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
            axes.tick_params(length=0)
        figure.axes[0].set_yticks([0.5, 1.5, 2.5], range(3))
        figure.axes[0].set_ylabel("position")


def draw_block(axes: Axes, block: torch.Tensor, left: float) -> None:
    """The numbers of the block, each in the colour of the head that should have it."""
    rows, columns = block.shape
    head = (block - 1) % 4 // 2
    edges = torch.arange(columns + 1) + left
    colors = ListedColormap([ORANGE_FILL, BLUE_FILL])
    axes.pcolormesh(edges, range(rows + 1), head, cmap=colors, vmin=0, vmax=1, ec=GROUND)
    for row, numbers in enumerate(block.tolist()):
        for column, number in enumerate(numbers, 1):
            middle = (left + column - 0.5, row + 0.5)
            axes.text(*middle, f"{number:.0f}", ha="center", va="center")


def m04() -> None:
    names = {TransformerBlock: "pre-norm", PostNormBlock: "post-norm"}
    panels = {"weights as they start": 1.0, "all weights twice as large": 2.0}
    with drawing(ROOT / "milestones/m04_transformer_block/figure.svg", WIDEST, 4) as figure:
        both = figure.subplots(1, 2)
        for axes, (title, scale) in zip(both, panels.items(), strict=True):
            for color, (block, name) in zip((BLUE, ORANGE), names.items(), strict=True):
                layers, norms = range(1, 25), gradient_norms(block, scale)
                axes.semilogy(layers, norms, color=color, label=name)
                norms = gradient_norms(block, scale, stream_alone=True)
                axes.semilogy(layers, norms, "--", color=color, label=f"{name}, stream alone")
            axes.set(title=title, xlabel="layer")
            axes.set_xticks([1, 6, 12, 18, 24])
        both[0].set(ylabel="norm of the gradient", yticks=[0.4, 0.6, 1, 1.6])
        add_legend(figure)


def gradient_norms(
    kind: type[TransformerBlock], scale: float, stream_alone: bool = False
) -> list[float]:
    """The gradient at the input of each of 24 layers, as a multiple of that at the end.

    scale: what the weight matrices are multiplied by. stream_alone: no gradient flows back
    through the sublayers.
    """
    torch.manual_seed(0)
    blocks = [kind(d_model=64, n_heads=4) for _ in range(24)]
    for block in blocks:
        for weight in block.parameters():
            weight.data *= scale if weight.dim() == 2 else 1
        if stream_alone:
            readers = (block.attention_norm, block.mlp_norm)
            for reader in (block.attention, block.mlp) if kind is PostNormBlock else readers:
                reader.register_forward_pre_hook(lambda _, args: (args[0].detach(), *args[1:]))
    x = torch.randn(8, 32, 64, requires_grad=True)
    streams = [x]
    for block in blocks:
        streams.append(block(streams[-1], causal_mask(32)))
        streams[-1].retain_grad()
    streams[-1].backward(torch.randn(8, 32, 64))
    *norms, end = [stream.grad.norm().item() for stream in streams]
    return [norm / end for norm in norms]


@torch.no_grad()
def stream(n_layers: int, factor: bool) -> list[float]:
    """The deviation of the residual stream before the first block and after each, untrained."""
    torch.manual_seed(0)
    model = GPT(GPTConfig(1000, 128, 256, n_layers, 4))
    deviations = []
    for block in model.blocks:
        if not factor:
            block.attention.o_proj.weight.mul_(math.sqrt(2 * n_layers))
            block.mlp.down.weight.mul_(math.sqrt(2 * n_layers))
        block.register_forward_hook(lambda m, x, out: deviations.append(out.std().item()))
    model.dropout.register_forward_hook(lambda m, x, out: deviations.append(out.std().item()))
    model(torch.randint(1000, (4, 128)))
    return deviations


def m05() -> None:
    with drawing(ROOT / "milestones/m05_gpt/figure.svg", height=4) as figure:
        axes = figure.add_subplot(xlabel="blocks passed", ylabel="deviation of the stream")
        starts = {"all weights at 0.02": False, "with the factor 1/√(2·n_layers)": True}
        for (start, factor), color in zip(starts.items(), (ORANGE, BLUE), strict=True):
            side = {"ha": "center", "va": "bottom"} if factor else {"ha": "left", "va": "top"}
            for n_layers in (12, 24, 48):
                deviations = stream(n_layers, factor)
                label = start if n_layers == 48 else None
                axes.plot(deviations, "-" if factor else "--", color=color, label=label)
                axes.plot(n_layers, deviations[-1], "o", color=color)
                height = deviations[-1] + (0.03 if factor else -0.03)
                axes.text(n_layers, height, f"{n_layers} blocks", color=color, **side)
        axes.set(xlim=(-1, 54), ylim=(0, 1))
        add_legend(figure)


class GardenPath(torch.nn.Module):
    """After the prompt a has 0.6 and b 0.4; after a nothing has above 0.3, after b d has 0.9."""

    config = SimpleNamespace(context_length=8)
    words = ("prompt", "a", "b", "c", "d")
    table = torch.tensor(
        [[0, 0.6, 0.4, 0, 0], [0, 0.2, 0.25, 0.3, 0.25], [0, 0.03, 0.02, 0.05, 0.9]]
    )

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.table[tokens].log()


def m06() -> None:
    model, prompt = GardenPath(), torch.tensor([0])
    greedy = beam_search(model, prompt, 2, beam_width=1)[0][0].tolist()
    beam = beam_search(model, prompt, 2, beam_width=2)[0][0].tolist()
    with drawing(ROOT / "milestones/m06_sampler/figure.svg", height=4) as figure:
        axes = figure.add_subplot(title="every edge a probability, every leaf their product")
        places = {(0,): 3.5, (0, 1): 5.5, (0, 2): 1.5}
        places |= {(0, 1, t): 8 - t for t in range(1, 5)} | {(0, 2, t): 4 - t for t in range(1, 5)}
        total = {(0,): 1.0}
        for node, height in list(places.items())[1:]:
            parent, token = node[:-1], node[-1]
            share = model.table[parent[-1], token].item()
            total[node] = total[parent] * share
            ends, heights = [len(parent), len(node)], [places[parent], height]
            best, line = list(node) == beam[: len(node)], list(node) == greedy[: len(node)]
            color = BLUE if best else ORANGE if line else MUTED
            axes.plot(ends, heights, color=color, linewidth=2.5 if best or line else 1)
            gap = {"facecolor": GROUND, "edgecolor": "none", "pad": 2}  # in the edge
            near = 0.5 if len(node) == 2 else 0.35  # the edges of a leaf part on their way to it
            place = (len(node) - near, height + near * (places[parent] - height))
            axes.text(*place, f"{share:.2f}", ha="center", va="center", bbox=gap)
            word = model.words[token]
            if len(node) == 2:
                axes.text(2, height, word, ha="center", va="center", color=color, bbox=gap)
            else:
                axes.text(3.03, height, f"{word}  {total[node]:.3f}", va="center", color=color)
        axes.text(0.97, places[(0,)], "prompt", ha="right", va="center")
        axes.set(xlim=(0.6, 3.6))
        axes.axis("off")
        axes.plot([], color=ORANGE, linewidth=2.5, label="greedy")
        axes.plot([], color=BLUE, linewidth=2.5, label="beam of 2")
        add_legend(figure)


def m07() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    characters = Characters.of(text)
    tokens = characters.encode(text)
    torch.manual_seed(0)
    vocab = len(characters)
    model = torch.nn.Sequential(torch.nn.Embedding(vocab, 32), torch.nn.Linear(32, vocab))
    generator = torch.Generator().manual_seed(0)
    lrs, losses = lr_range_test(
        model, lambda: get_batch(tokens, 128, 32, generator), min_lr=1e-5, max_lr=10, steps=60
    )
    lr = suggest_lr(lrs, losses)
    steps = range(101)
    with drawing(ROOT / "milestones/m07_trainer/figure.svg", WIDEST, 3.4) as figure:
        left, right = figure.subplots(1, 2)
        left.plot(steps, [warmup_cosine(step, 1.0, 0.1, 10, 90) for step in steps])
        left.set(title="warm-up, half a cosine, level", xlabel="step", ylabel="learning rate")
        right.semilogx(lrs, losses)
        right.axvline(lr, color=MUTED, linestyle="--")
        right.set_title(f"range test, suggested: {lr:.1e}")
        right.set(xlabel="learning rate", ylabel="loss, nats", ylim=(2.5, 6))
        right.set_xticks([1e-5, 1e-3, 0.1, 10])


def m08() -> None:
    panels = {
        "lower": {
            "bytes": "l o w e r",
            "1. l o": "lo w e r",
            "2. lo w": "low e r",
            "4. e r": "low er",
        },
        "newer": {
            "bytes": "n e w e r",
            "4. e r": "n e w er",
            "wrong, from the left": "n e we r",
        },
    }
    with drawing(ROOT / "milestones/m08_tokenizer/figure.svg", WIDEST, 3) as figure:
        for axes, (title, rows) in zip(figure.subplots(1, 2), panels.items(), strict=True):
            for row, (step, text) in enumerate(rows.items()):
                draw_symbols(axes, text, row, ORANGE_FILL if "wrong" in step else BLUE_FILL)
                axes.text(-0.3, row, step, ha="right", va="center")
            axes.set(title=title, xlim=(-4.2, 5.1), ylim=(3.6, -0.6))
            axes.axis("off")


def draw_symbols(axes: Axes, text: str, row: int, fill: str) -> None:
    """A box for each symbol, as wide as its letters; what has been merged is filled."""
    left = 0
    for symbol in text.split():
        right = left + len(symbol)
        box = ([left, right, right, left], [row - 0.4, row - 0.4, row + 0.4, row + 0.4])
        axes.fill(*box, facecolor=fill if len(symbol) > 1 else GROUND, edgecolor=MUTED)
        axes.text((left + right) / 2, row, symbol, ha="center", va="center")
        left = right


def m09() -> None:
    with drawing(ROOT / "milestones/m09_positions/figure.svg", WIDEST, 3.3) as figure:
        left, middle, right = figure.subplots(1, 3)
        rows = relative_positions(5, 5, 2).tolist()
        heat(left, [[row / 4 for row in each] for each in rows], BLUE_FILL)
        for query, each in enumerate(rows):
            for key, row in enumerate(each):
                left.text(key + 0.5, query + 0.5, row, ha="center", va="center")
        left.set(title="a learned distance", xlabel="key", ylabel="query", aspect="equal")
        left.set(xticks=[], yticks=[])
        left.spines[:].set_visible(False)

        cos, sin = rotary_angles(torch.arange(5), 2)
        hands = rotate(torch.tensor([1.0, 0.0]).expand(5, 2), cos, sin).tolist()
        for place, (a, b) in enumerate(hands):
            middle.annotate("", (a, b), (0, 0), arrowprops={"arrowstyle": "->", "color": BLUE})
            middle.text(1.2 * a, 1.2 * b, place, ha="center", va="center")
        middle.set(title="a turned pair", aspect="equal", xlim=(-1.4, 1.4), ylim=(-1.4, 1.4))
        middle.set(xlabel="places 0 to 4", xticks=[], yticks=[])
        middle.spines[:].set_visible(False)

        for color, costs in zip((ORANGE, BLUE), alibi_bias(2, 17)[:, 16].tolist(), strict=True):
            right.plot(range(-16, 1), costs, color=color)
            right.text(-17, costs[0], f"1/{-16 / costs[0]:.0f}", ha="right", va="center")
        right.set(title="a slope", xlabel="key, seen from the query", ylabel="bias", xlim=(-28, 0))
        right.set_xticks([-16, -8, 0])


def m10() -> None:
    with drawing(ROOT / "milestones/m10_llama/figure.svg", WIDEST, 3.6) as figure:
        left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1.5))
        heads = torch.eye(3).reshape(1, 3, 1, 3)  # each head of keys is marked by its own place
        for axes, title, found, color in (
            (left, "repeated", repeat_heads(heads, 3), BLUE),
            (middle, "tiled, which is wrong", heads.repeat(1, 3, 1, 1), ORANGE),
        ):
            heat(axes, found[0, :, 0].tolist(), color, edges=MUTED)
            axes.set(title=title, xlabel="head of keys", aspect="equal")
            axes.set_xticks([0.5, 1.5, 2.5], "ABC")
            axes.set_yticks([row + 0.5 for row in range(9)], range(1, 10))
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
        left.set_ylabel("head of queries")

        kept = {}
        for heads_of_keys in (9, 3, 1):
            token = torch.zeros(1, heads_of_keys, 1, 64)
            cache = LlamaCache(30)
            layers = [cache.append(layer, token, token) for layer in range(30)]
            kept[f"{heads_of_keys}"] = sum(k.numel() + v.numel() for k, v in layers)
        bars = right.bar(kept.keys(), kept.values(), color=[MUTED, BLUE, MUTED])
        right.bar_label(bars, [f"{numbers:,}" for numbers in kept.values()], padding=4)
        right.set(title="numbers kept a token", xlabel="heads of keys and values", yticks=[])
        right.margins(y=0.12)
        right.spines["left"].set_visible(False)


def m13() -> None:
    frozen = json.loads((ROOT / "tests/m13_inside/names_tiny.json").read_text("utf-8"))
    model = GPT(GPTConfig(**frozen["sizes"]))
    model.load_state_dict(unpack(frozen["weights"]))
    clean, receiver, giver = (torch.tensor(frozen[name]) for name in Prompts._fields)
    other = with_the_other_giver(Prompts(clean, receiver, giver)).tokens
    grid = patching_grid(model, other, clean, lambda z: logit_difference(z, receiver, giver))
    embedding = model.token_embedding.weight.detach()
    names, parts = attribute_logits(model, clean, embedding[receiver] - embedding[giver])
    shares = parts[:, :, -1].mean(dim=1).tolist()

    with drawing(ROOT / "milestones/m13_inside/figure.svg", WIDEST, 3.4) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(2, 1))
        words = ["then", "A", "and", "B", "went", "to", "PLACE", ".", "A", "gave", "THING", "to"]
        rows = ["before 0", "before 1", "in the end"]
        heat_grid(left, grid.tolist(), rows, words)
        left.set(title="restored by the stream, in per cent")
        bars = right.barh(names, shares, color=BLUE_FILL)
        right.bar_label(bars, [f"{share:.1f}" for share in shares], padding=3)
        right.set(title="share of the logits", xticks=[], xlim=(-3, 12))
        right.invert_yaxis()
        right.tick_params(length=0)
        right.spines["bottom"].set_visible(False)


def m14() -> None:
    frozen = json.loads((ROOT / "tests/m14_circuits/induction_tiny.json").read_text("utf-8"))
    model = AttentionOnly(**frozen["sizes"])
    model.load_state_dict(unpack(frozen["weights"]))
    segment = torch.tensor([5, 12, 33, 47, 20, 8, 61, 28])
    before, induces = (model.patterns(segment.repeat(1, 2))[at, 0, 2 - 2 * at] for at in (0, 1))
    with drawing(ROOT / "milestones/m14_circuits/figure.svg", WIDEST, 5.2) as figure:
        for axes, title, pattern in zip(
            figure.subplots(1, 2), ("head 0.2", "head 1.0"), (before, induces), strict=True
        ):
            heat(axes, pattern.tolist(), BLUE, edges=MUTED)
            places = [place + 0.5 for place in range(16)]
            axes.set_xticks(places, "ABCDEFGH" * 2)
            axes.set_yticks(places, "ABCDEFGH" * 2)
            axes.tick_params(length=0)
            axes.set(title=title, xlabel="key", ylabel="query", aspect="equal")


if __name__ == "__main__":
    m01()
    m02()
    m03()
    m04()
    m05()
    m06()
    m07()
    m08()
    m09()
    m10()
    m13()
    m14()
