"""Let attention that can learn judge film reviews, beside everything that came before it.

    nox -s run -- m03                           about a minute on two cores
    nox -s run -- m03 --data reviews            33,000 real reviews, fetched once
    nox -s run -- m03 --show                    what each head looks at, in a sentence
    nox -s run -- m03 --show "the plot was never dull ."
    nox -s run -- m03 --show --page             the heads as a page to touch, in a browser

Every model gets the same reviews, batches and steps, with two seeds.
"""

import sys
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from rich.console import Console
from torch import Tensor, nn

from kata.paths import ROOT, relative
from kata.runs import ladder, pages, review_sets, reviews, running
from kata.runs.corpora import CorpusError
from kata.runs.figure import heat_maps
from kata.runs.patterns import pattern
from milestones.m01_mlp import MLP, cross_entropy
from milestones.m02_self_attention import SequenceClassifier
from milestones.m02_self_attention.__main__ import attend
from milestones.m03_multi_head_attention import (
    AttentionHead,
    MultiHeadAttention,
    scaled_dot_product_attention,
    split_heads,
)

D_MODEL = 16
N_HEADS = 4
LEARNING_RATE = 1e-2
STEPS = 1_000
EXAMPLE = "the story was not great ."


class OnEachWord(nn.Module):
    """An MLP in the mixer's place: each word thinks for itself, nothing is mixed."""

    def __init__(self) -> None:
        super().__init__()
        self.mlp = MLP(D_MODEL, 4 * D_MODEL)

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "batch 1 seq"]
    ) -> Float[Tensor, "batch seq d_model"]:
        return self.mlp(x)


def scaled(
    x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "batch 1 seq"]
) -> Float[Tensor, "batch seq d_model"]:
    """Milestone 2's attention with scaled scores: x is queries, keys and values at once."""
    return scaled_dot_product_attention(x, x, x, mask)


def classifier(
    vocab_size: int, mixer: Callable[[Tensor, Tensor], Tensor] | None = None
) -> SequenceClassifier:
    return SequenceClassifier(vocab_size, D_MODEL, 2, mixer)


def mlp_on_the_mean(vocab_size: int) -> SequenceClassifier:
    """A bag of words whose mean goes through an MLP before it is judged."""
    model = classifier(vocab_size)
    model.head = nn.Sequential(MLP(D_MODEL, 4 * D_MODEL), model.head)
    return model


RUNGS: dict[str, ladder.Build] = {
    "bag of words": classifier,
    "MLP on each word": lambda vocab_size: classifier(vocab_size, OnEachWord()),
    "MLP on the mean": mlp_on_the_mean,
    "simple attention": lambda vocab_size: classifier(vocab_size, attend),
    "the same, scaled": lambda vocab_size: classifier(vocab_size, scaled),
    "one head": lambda vocab_size: classifier(vocab_size, AttentionHead(D_MODEL, D_MODEL)),
    "four heads": lambda vocab_size: classifier(vocab_size, MultiHeadAttention(D_MODEL, N_HEADS)),
}


def compare(milestone: str, rungs: dict[str, ladder.Build], data: str, seed: int, steps: int):
    """Train every model with two seeds; print the table and draw the bars."""
    sets = {each: review_sets.load(data, each) for each in (seed, seed + 1)}
    ladder.introduce(sets[seed])
    training = ladder.Training(steps, LEARNING_RATE, cross_entropy)
    results = ladder.climb(rungs, sets, training)
    Console().print(ladder.table(results, sets))
    bars = ROOT / "runs" / milestone / f"{data}.svg"
    ladder.chart(bars, results, sets[seed])
    print(f"Bar chart: {relative(bars)}")


@torch.no_grad()
def weights_of(
    attention: MultiHeadAttention, x: Float[Tensor, "1 seq d_model"]
) -> Float[Tensor, "heads seq seq"]:
    """What each position takes from each, in each head."""
    q, k = (split_heads(project(x), N_HEADS) for project in (attention.q_proj, attention.k_proj))
    seq = x.size(1)
    one_hot = torch.eye(seq).expand(1, N_HEADS, seq, seq)
    # Where every value is one-hot, their weighted mean is the weights themselves.
    return scaled_dot_product_attention(q, k, one_hot)[0]


def show(text: str, data: str, seed: int, steps: int, page: bool) -> None:
    """Train the four heads, and show what each of them looks at in the text."""
    if page:
        pages.require("m03 --show --page")
    known = review_sets.load(data, seed)
    words = reviews.spaced(text).split()
    if unknown := [word for word in words if word not in known.vocabulary.words]:
        print(f"Left out, because the vocabulary lacks them: {', '.join(unknown)}.")
        words = [word for word in words if word not in unknown]
    if not words:
        raise CorpusError(f"No word is left to look at; try {EXAMPLE!r}.")
    training = ladder.Training(steps, LEARNING_RATE, cross_entropy)
    model = ladder.fit(RUNGS["four heads"], known, training, seed, "four heads")

    tokens = known.vocabulary.encode([reviews.Review(" ".join(words), 0, "yours")])  # (1, seq)
    against, favour = model(tokens).softmax(-1)[0].tolist()
    verdict = "for" if favour > against else "against"
    print(f"Trained on {known.name}, the model is {max(against, favour):.1%} sure that this is")
    print(f"{verdict} the film:\n  {' '.join(words)}")
    shown = "The attention of each word (a row) to each word (a column)"
    print(f"{shown}, in per cent; · is below 0.5:")
    weights = weights_of(model.mixer, model.embedding(tokens)).tolist()
    for number, head in enumerate(weights, start=1):
        lines, fit = pattern(words, head, Console().width)
        print(f"\nhead {number}", *lines, sep="\n")
    if fit < len(words):
        print(f"\nThere is room for only the first {fit} of {len(words)} words.")
    path = ROOT / "runs/m03/heads.svg"
    heat_maps(path, words, weights, f"{shown}, {known.name}")
    print(f"\nThe same as a figure: {relative(path)}")
    if page:
        path = path.with_suffix(".html")
        names = [f"head {number}" for number in range(1, N_HEADS + 1)]
        pages.attention_page(path, f"Four heads, trained on {known.name}", words, weights, names)
        pages.show(path)


def main() -> None:
    parser = ladder.parser("m03", "Compare what you built, or look into its heads.", STEPS)
    parser.add_argument(
        "--show",
        metavar="TEXT",
        nargs="?",
        const=EXAMPLE,
        help=f"train the four heads and show what each looks at in the text ({EXAMPLE!r})",
    )
    parser.add_argument(
        "--page",
        action="store_true",
        help="with --show: write its heads as a page, too, and open it in a browser",
    )
    options = parser.parse_args()
    if options.page and options.show is None:
        parser.error("--page needs --show: it is a page of what that shows")
    if options.show is not None:
        show(options.show, options.data, options.seed, options.steps, options.page)
    else:
        compare("m03", RUNGS, options.data, options.seed, options.steps)


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m03"))
