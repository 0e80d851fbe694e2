"""Figures can be read on a light page and on a dark one: colours, sizes, and what lies on what.

pytest tests/kata/test_theme.py
"""

import functools
import math
from pathlib import Path

import pytest

from kata.course.curriculum import milestones
from kata.paths import ROOT
from kata.runs.figure import averaged, bars, heat_maps, loss_curve
from kata.runs.theme import BLUE, BLUE_FILL, DARK, GROUND, MUTED, ORANGE, ORANGE_FILL, TEXT
from tests.kata.drawn import Drawn

OF_RUNS = ("loss", "near", "bars", "heads")
WORDS = ("the", "plot", "was", "thin", ",", "but", "extraordinary", "performances", "were", "great")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with figures of the kinds that runs draw."""
    folder = tmp_path_factory.mktemp("figures")
    training = averaged([2.2 + 2.4 * math.exp(-step / 300) for step in range(3000)])
    validation = ([1000, 2000, 3000], [2.6, 2.4, 2.35])
    curves = {"training": training, "validation": validation}
    title = "An MLP that sees 8 characters of " + "my_notes_and_" * 8 + ".txt"
    loss_curve(folder / "loss.svg", curves, {"uniform": 4.6, "bigram": 2.45}, title)
    loss_curve(folder / "near.svg", curves, {"bigram": 2.2, "trigram": 2.2}, "Near")
    names = ("bag of words", "MLP on the mean", "the same, scaled", "four heads")
    shares = {f"{name}\n12,345 parameters": [0.7 + 0.1 * i] for i, name in enumerate(names, -3)}
    title = "Right verdicts on synthetic reviews that the models have not seen"
    bars(folder / "bars.svg", shares, {"best without word order": 0.76}, title)
    title = "The attention of each word (a row) to each word (a column)"
    heat_maps(folder / "heads.svg", WORDS, [[[0.1] * 10] * 10] * 4, title)
    return folder


read = functools.cache(Drawn)


@pytest.fixture(params=[*(m.id for m in milestones()), *OF_RUNS])
def drawn(request: pytest.FixtureRequest, runs: Path) -> Drawn:
    if request.param in OF_RUNS:
        return read(runs / f"{request.param}.svg")
    (file,) = (ROOT / "milestones").glob(f"{request.param}_*/figure.svg")
    return read(file)


def luminance(color: str) -> float:
    """As the WCAG define it, of a colour such as #1f2328."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("shown", [lambda light: light, DARK.get], ids=["light", "dark"])
def test_every_colour_is_far_enough_from_the_ground_and_text_from_what_it_stands_on(shown) -> None:
    for color in (TEXT, MUTED, BLUE, ORANGE):
        assert contrast(shown(color), shown(GROUND)) >= 4.5, color
    for fill in (BLUE_FILL, ORANGE_FILL):
        assert contrast(shown(fill), shown(GROUND)) >= 3, fill
        assert contrast(shown(TEXT), shown(fill)) >= 4.5, fill
    assert {TEXT, MUTED, BLUE, ORANGE, BLUE_FILL, ORANGE_FILL, GROUND} == DARK.keys()


def test_every_colour_has_a_dark_partner_in_the_figure(drawn: Drawn) -> None:
    _, asked, rules = drawn.sheet.partition("@media (prefers-color-scheme: dark) {")
    assert asked
    assert drawn.colors <= DARK.keys()
    for color in drawn.colors:
        for what in ("fill", "stroke"):
            rule = f'[style*="{what}: {color}"] {{ {what}: {DARK[color]} !important }}'
            assert rule in rules


def test_texts_have_colours_that_text_can_have(drawn: Drawn) -> None:
    assert {text.color for text in drawn.texts} <= {TEXT, MUTED, BLUE, ORANGE}


def test_text_is_as_large_as_that_of_the_page(drawn: Drawn) -> None:
    assert drawn.smallest >= 16


def test_no_line_goes_through_a_text_and_no_text_lies_on_another_or_is_cut(drawn: Drawn) -> None:
    assert (drawn.crossed(), drawn.overlapping(), drawn.cut()) == ([], [], [])
