"""Every session says how it is used, and takes no word that it does not know.

pytest tests/kata/test_usage.py
"""

import shutil

import pytest

from kata.course.curriculum import milestones
from kata.learner.usage import USAGES
from kata.paths import ROOT
from tests.kata.learner import python
from tests.kata.terminal import clone_into

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return clone_into(tmp_path_factory.mktemp("usage"))


def kata(clone, *arguments):
    ended = python(clone, "-m", "kata", *arguments, COLUMNS="120")
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


@pytest.mark.parametrize("verb", ["next", "doctor", "stubs", "reset", "badges", "m03", "run"])
def test_help_is_one_line_of_usage_and_does_nothing(clone, verb):
    before = sorted(clone.rglob("*"))
    code, text = kata(clone, verb, "--help")
    assert code == 0
    assert text.split(" --")[0].strip() == f"Usage: nox -s {verb}"
    assert sorted(clone.rglob("*")) == before


@pytest.mark.parametrize("verb", sorted(USAGES))
def test_an_option_that_nobody_knows_is_an_error(clone, verb):
    code, text = kata(clone, verb, "--nonsense")
    assert code == 2
    assert text.startswith("Unknown option '--nonsense'.")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("m01", "softmx"), "softmax"),
        (("m03", "multiheadattention"), "MultiHeadAttention"),
        (("reset", "sofmax"), "softmax"),
        (("reveal", "Linaer"), "Linear"),
        (("m01", "--borow"), "--borrow"),
        (("hnt",), "hint"),
    ],
)
def test_a_word_that_is_nearly_right_is_asked_back(clone, words, meant):
    code, text = kata(clone, *words)
    assert code == 2
    assert f"Did you mean {meant}?" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("m02", "softmax"), "softmax is an exercise of m01: nox -s m01 -- softmax"),
        (
            ("bisect", "five"),
            "Unknown milestone 'five'. Expected one of m01, m02, m03,",
        ),
        (("run", "five"), "Unknown milestone 'five'. Expected one of m01, m02, m03,"),
        (("run", "--steps", "9"), "Which milestone? Expected one of m01, m02, m03,"),
    ],
)
def test_a_word_that_is_like_none_is_told_what_there_is(clone, words, said):
    code, text = kata(clone, *words)
    assert code == 2
    assert text.startswith(said)


@pytest.mark.parametrize("words", [("progress", "m01"), ("doctor", "nonsense"), ("undo", "relu")])
def test_a_session_that_takes_no_words_takes_none(clone, words):
    assert kata(clone, *words)[0] == 2


def test_the_board_ends_with_0_and_a_milestone_that_is_not_green_with_1(clone):
    assert kata(clone)[0] == 0
    assert kata(clone, milestones()[0].id)[0] == 1


def test_a_run_names_the_milestone_that_is_missing_and_goes_on_with_what_is_lent(clone):
    own = clone / "milestones/m02_self_attention"
    shutil.copytree(ROOT / "solutions/m02_self_attention", own, dirs_exist_ok=True)
    alone = python(clone, "-m", "kata", "run", "m02", COLUMNS="120")
    assert alone.returncode == 1
    assert alone.stderr.endswith("What to do next: nox -s m01, or nox -s run -- m02 --borrow\n")
    lent = python(clone, "-m", "kata", "run", "--borrow", "m02", "--steps", "2", COLUMNS="120")
    assert lent.returncode == 0, lent.stderr
    assert lent.stdout.startswith("Borrowed from the reference: m01.")
