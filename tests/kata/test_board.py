"""The board tells how far one is, and leads to the files that it names.

pytest tests/kata/test_board.py
"""

import io
import os
import re

import pytest
from rich.console import Console

from kata import plain
from kata.course import curriculum, route, verdict
from kata.course.curriculum import core
from kata.paths import ROOT
from kata.testing import board, links

pytestmark = pytest.mark.timeout(60)  # rich needs its time on a busy machine
CORE = core()
TODO = {m.id: dict.fromkeys(m.exercises, "todo") for m in CORE}
ALL = sum(len(m.exercises) for m in CORE)


@pytest.fixture(autouse=True)
def the_core_alone(monkeypatch):
    course_of(monkeypatch, CORE, ())


def course_of(monkeypatch, every, tracks):
    for module in (curriculum, route):
        monkeypatch.setattr(module, "milestones", lambda: every)
    monkeypatch.setattr(route, "tracks", lambda: tracks)


def shown(states, width=100, terminal=False):
    page = io.StringIO()
    console = Console(file=page, width=width, force_terminal=terminal, highlight=False)
    board.show(states, {}, console)
    return page.getvalue()


def green(*ids):
    return {id: dict.fromkeys(e, "green" if id in ids else "todo") for id, e in TODO.items()}


def opened(text):
    """What a click on each link opens, in the order of the screen."""
    return re.findall(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b\\", text)


# Progress


def test_the_board_ends_with_a_bar_in_which_every_exercise_is_a_cell():
    done = len(TODO["m01"]) + len(TODO["m02"])
    bar = "■" * done + "·" * (ALL - done)
    assert f"\n {bar}  {done}/{ALL} exercises\n" in shown(green("m01", "m02"))


def test_on_a_narrow_screen_the_bar_still_stands_in_one_line():
    bars = [line for line in shown(green("m01"), width=40).splitlines() if "■" in line]
    assert len(bars) == 1
    assert bars[0].endswith(f"  {len(TODO['m01'])}/{ALL} exercises")
    assert len(bars[0]) < 40


@pytest.mark.parametrize(("states", "missing"), [(TODO, "■"), (green(*TODO), "·")])
def test_the_bar_is_empty_at_the_start_and_full_at_the_end(states, missing):
    bar = next(line for line in shown(states).splitlines() if f"/{ALL} exercises" in line)
    assert missing not in bar


def test_a_run_of_one_milestone_says_nothing_of_the_others():
    assert f"/{ALL}" not in shown({"m01": TODO["m01"]})


def test_a_screen_that_knows_only_ascii_has_a_bar_too():
    line = "■■·".encode("ascii", plain.NAME)
    assert line == b"##."


# Tracks

TOYS = curriculum.Track("toys", "models that fit into a hand")
BEYOND = [
    curriculum.Milestone(id, f"{id}_toy", "Toys", (f"{id}_part",), track="toys", needs=("m01",))
    for id in ("m90", "m91")
]


@pytest.fixture
def with_toys(monkeypatch):
    """The core and a track of two milestones; returns states where nothing of them is begun."""
    every = (*CORE, *BEYOND)
    course_of(monkeypatch, every, (TOYS,))
    return {m.id: dict.fromkeys(m.exercises, "todo") for m in every}


def test_a_track_has_one_line_and_does_not_count_until_it_is_begun(with_toys):
    said = shown(with_toys)
    assert "\n m90 to m91  toys: models that fit into a hand\n" in said
    assert f"  0/{ALL} exercises\n" in said
    with_toys["m91"]["m91_part"] = "red"
    said = shown(with_toys)
    assert " m90  Toys  0/1\n m91  Toys  0/1\n" in said
    assert f"  0/{ALL + 2} exercises\n" in said
    assert "Next: write relu." in said


def test_after_the_core_a_track_that_is_begun_goes_on(with_toys):
    with_toys |= green(*TODO)
    assert board.first_unfinished(with_toys) is None
    with_toys["m91"]["m91_part"] = "red"
    assert board.first_unfinished(with_toys) == (BEYOND[0], "m90_part")


def test_where_all_is_green_tracks_that_wait_are_offered(with_toys):
    page = io.StringIO()
    board.offer_tracks(with_toys, Console(file=page, width=100))
    assert (
        "   nox -s next -- m90   m90 to m91  toys: models that fit into a hand\n" in page.getvalue()
    )
    page = io.StringIO()
    with_toys["m90"]["m90_part"] = with_toys["m91"]["m91_part"] = "green"
    board.offer_tracks(with_toys, Console(file=page))
    assert page.getvalue() == " Every milestone is green.\n"


# Links


@pytest.fixture(autouse=True)
def no_notebook(monkeypatch):
    monkeypatch.delenv(links.NOTEBOOK, raising=False)


def test_next_names_the_section_of_the_lesson_that_tells_of_the_exercise():
    assert "milestones/m01_mlp/README.md#relu-and-gelu" in shown(TODO)
    assert "milestones/m02_self_attention/README.md#attention-weights" in shown(green("m01"))


def test_a_terminal_can_open_the_lesson_and_the_tests():
    lesson = (ROOT / "milestones/m01_mlp/README.md").as_uri() + "#relu-and-gelu"
    assert opened(shown(TODO, terminal=True)) == [
        lesson,
        (ROOT / "tests/m01_mlp/test_relu.py").as_uri(),
    ]


def test_a_path_that_is_cut_at_the_screens_edge_is_one_link():
    before, after = opened(shown(green("m01", "m02", "m03"), width=65, terminal=True))[:2]
    assert before == after
    assert before.endswith("README.md#layer-norm")


def test_a_line_of_code_is_opened_at_that_line():
    file = ROOT / "milestones/m01_mlp/functions.py"
    page = io.StringIO()
    Console(file=page, force_terminal=True).print(
        links.linked("milestones/m01_mlp/functions.py:9  return x / 0")
    )
    assert opened(page.getvalue()) == [f"{file.as_uri()}#9"]


@pytest.mark.parametrize("text", ["milestones/m01_mlp/nothing.py:9", "see /etc/hosts", "x / y.z"])
def test_what_is_no_file_of_the_kata_is_no_link(text):
    assert links.linked(text).spans == []


def test_in_a_notebook_no_path_is_a_link(monkeypatch):
    monkeypatch.setenv(links.NOTEBOOK, "1")
    assert opened(shown(TODO, terminal=True)) == []


def test_where_nothing_can_be_clicked_no_control_character_is_printed(monkeypatch):
    monkeypatch.delitem(os.environ, "FORCE_COLOR", raising=False)
    assert "\x1b" not in shown(TODO)


# A failure


def test_two_known_mistakes_of_one_sentence_are_told_as_one():
    m04 = next(m for m in CORE if m.id == "m04")
    id = "tests/m04_transformer_block/test_Dropout.py::test_x_stays_as_it_is"
    both = ["m04/drop-in-place", "m04/drop-zeros-written-by-mask"]
    test = verdict.TestVerdict("failed", verdict.Failure(problem="x was changed."), both)
    page = io.StringIO()
    board.show_exercise(Console(file=page), m04, "Dropout", verdict.ExerciseVerdict({id: test}))
    assert page.getvalue().count("x itself is changed") == 1
    assert "This mistake gives exactly what your code gives." in page.getvalue()
    assert test.message().count("x itself is changed") == 1


@pytest.mark.parametrize(("cause", "count"), [("", 1), ("Nothing set `bias`.", 0)])
def test_that_time_was_up_is_said_only_where_the_error_is_not_explained(cause, count):
    failure = verdict.Failure(problem="AttributeError: bias", cause=cause)
    page = io.StringIO()
    found = verdict.ExerciseVerdict({"tests/x.py::test": verdict.TestVerdict("failed", failure)})
    found.tests["tests/x.py::test"].cut = True
    board.show_exercise(Console(file=page), CORE[0], "Linear", found)
    assert page.getvalue().count("Time was up") == count
