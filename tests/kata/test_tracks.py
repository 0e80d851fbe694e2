"""A milestone of a track beyond the core, from `nox -s new` to its badge, in a copy of this clone.

pytest tests/kata/test_tracks.py
"""

import csv
import json
import re
import shutil

import pytest

from kata.course import route
from kata.course.curriculum import CORE, core, milestone, milestones, tracks
from kata.judging import selection
from kata.paths import ROOT
from tests.kata.learner import python
from tests.kata.test_export import copy_of_this_clone

pytestmark = pytest.mark.timeout(600)
PACKAGE = "m90_toy_thing"
LINE = " m90  toys: what it is about, in a line"


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The copy, with milestone m90 of two exercises in a track of its own, which needs m01."""
    folder = copy_of_this_clone(tmp_path_factory.mktemp("tracks") / "house")
    made = ran(folder, "-m", "tests.kata.new", "m90", "toy_thing", "--track", "toys", needs="m01")
    assert "Its stubs are red: nox -s m90." in made.stdout
    return folder


def ran(folder, *arguments, needs="", code=0):
    ended = python(folder, *arguments, *(["--needs", needs] if needs else []), fresh=True)
    assert ended.returncode == code, ended.stdout + ended.stderr
    return ended


def solve(folder, package):
    for file in (folder / "solutions" / package).glob("*.py"):
        shutil.copy(file, folder / "milestones" / package)


@pytest.fixture
def learner(house, tmp_path):
    """A learner's edition of that house, in which nothing is done yet."""
    ran(house, "-m", "kata", "export", str(tmp_path / "edition"))
    return tmp_path / "edition"


# What an author gets


def test_its_stubs_are_red_at_once(house):
    said = ran(house, "-m", "kata", "m90", code=1).stdout
    assert " m90  Toy thing  0/2\n" in said
    assert "Next: write toy_thing_function." in said
    assert "milestones/m90_toy_thing/README.md#the-function" in said


def test_its_proofs_hold(house):
    proofs = ("tests/kata/test_proofs.py", "tests/kata/test_alternates.py", "-k", "m90")
    said = ran(house, "-m", "pytest", "-q", "-W", "error", *proofs).stdout
    assert "m90/toy_thing_function: 1 bugs killed by 1 tests" in said
    assert "m90 in the style loops: 1 bugs named exactly" in said


def test_it_is_in_the_style_of_the_house(house):
    ran(house, "-m", "ruff", "check")
    ran(house, "-m", "ruff", "format", "--check")


def test_what_is_there_is_not_written_over(house):
    said = ran(house, "-m", "tests.kata.new", "m90", "other", code=2).stdout
    assert said == "m90: expected an id that is free, of an m and two digits.\n"
    assert not (house / "solutions/m90_other").exists()


# What a learner sees


def test_the_board_has_a_line_for_a_track_until_one_of_its_milestones_is_begun(learner):
    said = ran(learner, "-m", "kata", "next").stdout
    exercises = sum(len(m.exercises) for m in core())
    assert f"\n{LINE}\n" in said
    assert f" 0/{exercises} exercises\n" in said
    assert "Next: write relu." in said
    solve_m90(learner)
    said = ran(learner, "-m", "kata", "m90", "--borrow").stdout
    assert "Borrowed from the reference: m01." in said
    shutil.copytree(learner / "m01", learner / "milestones/m01_mlp", dirs_exist_ok=True)
    ran(learner, "-m", "kata", "m01")
    ran(learner, "-m", "kata", "m90")
    assert "- [x] `m90` **Toy thing**" in (learner / "CHECKLIST.md").read_text("utf-8")
    said = ran(learner, "-m", "kata", "next").stdout
    assert " m90  Toy thing  2/2\n" in said
    assert "Next: write attention_weights." in said


def solve_m90(learner):
    """Its solution, from the archive; m01's is laid beside it."""
    shutil.unpack_archive(learner / "solutions.zip", learner / "unpacked")
    for package, target in ((PACKAGE, f"milestones/{PACKAGE}"), ("m01_mlp", "m01")):
        shutil.copytree(learner / "unpacked" / package, learner / target, dirs_exist_ok=True)


def test_next_goes_to_it_and_lends_what_it_needs(learner):
    said = ran(learner, "-m", "kata", "next", "m90", code=1).stdout
    assert "Next: write toy_thing_function." in said
    assert "Borrowed from the reference: m01. So m90 is not ticked in CHECKLIST.md." in said


def test_its_work_is_judged_graded_and_gets_badges(house, learner, tmp_path):
    solve_m90(learner)
    shutil.copytree(learner / "m01", learner / "milestones/m01_mlp", dirs_exist_ok=True)
    for id in ("m01", "m90"):
        verdict = str(tmp_path / "verdicts" / f"verdict-{id}" / "verdict.json")
        ran(house, "-m", "kata", "judge", id, "--submission", str(learner), "--out", verdict)
    ran(house, "-m", "kata.judging.publish", str(tmp_path / "verdicts"), str(tmp_path / "badges"))
    drawn = {
        name: json.loads((tmp_path / "badges" / f"{name}.json").read_text("utf-8"))["message"]
        for name in ("m90", "track-toys", "m02")
    }
    assert drawn == {"m90": "done", "track-toys": "done", "m02": "no verdict"}
    ran(house, "-m", "kata", "grade", str(learner), "--out", str(tmp_path / "grades"))
    with open(tmp_path / "grades/grades.csv", encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["m01"], row["m02"], row["m90"]) == ("8/8", "0/7", "2/2")


# Editions


def test_an_edition_with_some_tracks_is_whole_in_itself(house, tmp_path):
    edition = tmp_path / "edition"
    ran(house, "-m", "kata", "export", str(edition), "--tracks", CORE)
    files = [file for file in edition.rglob("*") if file.suffix in (".md", ".toml")]
    assert {file.name for file in files if "m90" in file.read_text("utf-8")} == set()
    assert not list(edition.rglob("*m90*"))
    assert "m07_trainer/README.md" in (edition / "README.md").read_text("utf-8")
    assert " passed" in ran(edition, "-m", "pytest", "-q", "tests/edition").stdout


def test_a_track_that_needs_another_is_not_exported_without_it(house, tmp_path):
    said = ran(house, "-m", "kata", "export", str(tmp_path / "e"), "--tracks", "toys", code=1)
    assert "m90 needs m01 of another track: --tracks toys,core" in said.stdout
    said = ran(house, "-m", "kata", "export", str(tmp_path / "e"), "--tracks", "toy", code=1)
    every = ", ".join(["core", *(track.id for track in tracks()), "toys"])
    assert f"There is no track 'toy'. There are {every}." in said.stdout
    assert not (tmp_path / "e").exists()


def test_a_page_loses_the_rows_boxes_and_links_of_what_is_left_out():
    text = (
        "| [![m02](../b/m02.svg)](milestones/m02_self_attention/README.md) | a |\n"
        "| [m01](milestones/m01_mlp/README.md) | b |\n"
        "See [*m02*'s lesson](../m02_self_attention/README.md#a-b) and [m01](../m01_mlp/).\n"
        "- [ ] `m02` **Two**\n  - [x] `m02/self_attention` does\n\n- [ ] `m01` **One**\n"
    )
    assert selection.page(text, [m for m in milestones() if m.id != "m02"]) == (
        "| [m01](milestones/m01_mlp/README.md) | b |\n"
        "See *m02*'s lesson and [m01](../m01_mlp/).\n"
        "- [ ] `m01` **One**\n"
    )


# The curriculum


@pytest.mark.parametrize("of", milestones(), ids=lambda m: m.id)
def test_a_milestone_needs_only_what_stands_before_it(of):
    place = milestones().index
    assert all(place(needed) < place(of) for needed in of.before_run)
    assert set(of.before) <= set(of.before_run)
    assert of.track in {CORE, *(track.id for track in tracks())}


def test_a_core_milestone_needs_all_before_it():
    assert [m.before for m in core()] == [core()[:n] for n in range(len(core()))]


def test_what_a_milestone_needs_is_what_its_code_imports():
    """Of the rooms as they were handed out: a learner may import more of what is lent."""
    for of in milestones():
        code = [file.read_text("utf-8") for file in (ROOT / "solutions" / of.package).glob("*.py")]
        used = set(re.findall(r"^from milestones\.(m\d\d)_", "\n".join(code), re.M)) - {of.id}
        assert used <= {m.id for m in of.before_run}


def test_states_of_one_milestone_are_not_the_whole_course():
    todo = {m.id: dict.fromkeys(m.exercises, "todo") for m in milestones()}
    assert route.at_hand({"m03": todo["m03"]}) == [milestone("m03")]
    assert route.at_hand(todo) == list(core())
