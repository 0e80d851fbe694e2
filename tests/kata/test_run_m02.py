"""What a learner sees who runs milestone 2, and the reviews it runs on.

pytest tests/kata/test_run_m02.py
"""

import re
import subprocess
from collections import Counter

import pytest

from kata.paths import ROOT
from kata.runs import reviews
from tests.kata import runs

pytestmark = pytest.mark.timeout(120)  # each run starts Python and PyTorch anew


def run(*arguments: str, fresh: bool = False, **settings: str) -> subprocess.CompletedProcess[str]:
    return runs.run(ROOT, "m02_self_attention", *arguments, fresh=fresh, COLUMNS="90", **settings)


@pytest.fixture(scope="module")
def finished() -> subprocess.CompletedProcess[str]:
    return run("--steps", "20")


def test_a_run_ends_well(finished: subprocess.CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_it_says_that_the_reviews_are_synthetic(
    finished: subprocess.CompletedProcess[str],
) -> None:
    assert finished.stdout.startswith("8,000 synthetic reviews to learn from, 2,000 others")
    assert "Right verdicts on synthetic reviews that the models have not seen" in finished.stdout


def test_the_table_holds_both_models_and_the_most_that_is_possible(
    finished: subprocess.CompletedProcess[str],
) -> None:
    row = r"^ +{} +([\d,]*) +([\d.]+)% +([\d.]+)% +([\d.]+)% +([\d.]+)% *$"
    for name in ("bag of words", "your self-attention"):
        found = re.search(row.format(name), finished.stdout, re.M)
        assert found is not None
        assert found[1] == "278"
        assert all(0 <= float(share) <= 100 for share in found.groups()[1:])
    most = re.search(row.format("best without word order"), finished.stdout, re.M)
    assert most is not None
    assert most.groups() == ("", "100.0", "100.0", "50.0", "90.0")


def test_a_pipe_gets_no_progress_bar(finished: subprocess.CompletedProcess[str]) -> None:
    assert "\x1b" not in finished.stdout
    assert "left" not in finished.stdout


def test_the_same_seed_gives_the_same_run(finished: subprocess.CompletedProcess[str]) -> None:
    assert run("--steps", "20", fresh=True).stdout == finished.stdout
    assert run("--steps", "20", "--seed", "1").stdout != finished.stdout


def test_an_unwritten_part_is_named_in_one_line() -> None:
    stopped = run(KATA_TREE=str(ROOT / "milestones"))
    assert stopped.returncode == 1
    assert re.fullmatch(r"\S+ is not written yet \(.*\)\. What to do next: .*\n", stopped.stderr)


def test_steps_are_counted_from_one() -> None:
    stopped = run("--steps", "0")
    assert stopped.returncode == 2
    assert "expected a whole number from 1 up, got '0'" in stopped.stderr


def test_no_review_is_written_twice_and_one_seed_writes_the_same() -> None:
    written = reviews.write(2_000, seed=3)
    assert len({review.text for review in written}) == 2_000
    assert written == reviews.write(2_000, seed=3)
    assert written != reviews.write(2_000, seed=4)


def test_kinds_and_verdicts_have_the_shares_they_should() -> None:
    written = reviews.write(10_000, seed=0)
    kinds = Counter(review.kind for review in written)
    for kind, share in reviews.KINDS.items():
        assert abs(kinds[kind] / len(written) - share) < 0.02
        labels = [review.label for review in written if review.kind == kind]
        assert abs(sum(labels) / len(labels) - 0.5) < 0.05


def test_a_but_review_with_its_opinions_exchanged_has_the_other_verdict() -> None:
    """So no model that is blind to order gets more than half of them."""
    for review in reviews.write(200, seed=1):
        opinions = re.findall(r"the \w+ was ((?:\w+ )*\w+)", review.text)
        feels = [
            (opinion.split()[-1] in reviews.GOOD) != (opinion.split()[0] in reviews.NEGATIONS)
            for opinion in opinions
        ]
        assert feels[-1] == bool(review.label)
        assert feels == [not review.label, bool(review.label)][-len(feels) :]
        assert len(feels) == (2 if review.kind == "but" else 1)


def test_short_reviews_are_filled_up_with_padding() -> None:
    written = reviews.write(50, seed=0)
    vocabulary = reviews.Vocabulary.of(written)
    tokens = vocabulary.encode(written)
    for row, review in zip(tokens.tolist(), written, strict=True):
        words = [vocabulary.words[id] for id in row]
        assert " ".join(words).replace(f" {reviews.PAD}", "") == review.text
    assert (tokens == 0).any()
