"""What a learner sees who runs milestone 1 on real text.

pytest tests/kata/test_run_m01.py
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kata import runs

pytestmark = pytest.mark.timeout(120)  # each run starts Python and PyTorch anew
TEXT = "the cat sat on the mat and ate the rat that sat there\n" * 300


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of its own, so that nobody's curves are overwritten."""
    return runs.clone(tmp_path_factory.mktemp("clone"))


def run(
    clone: Path, cwd: Path, *arguments: str, fresh: bool = False, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run milestone 1 from any folder, on a small text unless told otherwise."""
    (cwd / "cats.txt").write_text(TEXT, "utf-8")
    small = ("--corpus", "cats.txt", *arguments)
    return runs.run(clone, "m01_mlp", *small, cwd=cwd, fresh=fresh, **settings)


@pytest.fixture(scope="module")
def finished(
    clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> subprocess.CompletedProcess[str]:
    return run(clone, tmp_path_factory.mktemp("elsewhere"), "--steps", "30")


def test_a_run_ends_well(finished: subprocess.CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_it_says_what_is_trained_on_what(finished: subprocess.CompletedProcess[str]) -> None:
    assert finished.stdout.startswith("Training 1")
    assert "parameters on cats.txt: 16,200 characters, 13 different ones.\n" in finished.stdout


def test_the_table_holds_the_loss_against_the_baselines(
    finished: subprocess.CompletedProcess[str],
) -> None:
    rows = re.findall(
        r"^ +(uniform, ln 13|bigram|your MLP) .* (\d\.\d{3}) *$", finished.stdout, re.M
    )
    losses = {name: float(loss) for name, loss in rows}
    assert losses["uniform, ln 13"] == 2.565
    assert 0 < losses["your MLP"] < losses["bigram"] < 2.565


def test_it_writes_three_hundred_characters(finished: subprocess.CompletedProcess[str]) -> None:
    sample = re.search(r"Now it writes:\n\n(.*)\n\nLoss curve", finished.stdout, re.S)
    assert sample is not None
    assert len(sample[1]) == 300
    assert set(sample[1]) <= set(TEXT)


def test_the_curve_lies_in_the_repository(
    finished: subprocess.CompletedProcess[str], clone: Path
) -> None:
    assert finished.stdout.endswith("Loss curve: runs/m01/loss.svg\n")
    assert "MLP that sees 8 characters of cats.txt" in (clone / "runs/m01/loss.svg").read_text(
        "utf-8"
    )


def test_a_pipe_gets_no_progress_bar(finished: subprocess.CompletedProcess[str]) -> None:
    assert "\x1b" not in finished.stdout
    assert "left" not in finished.stdout


def test_the_same_seed_gives_the_same_run(
    finished: subprocess.CompletedProcess[str], clone: Path, tmp_path: Path
) -> None:
    assert run(clone, tmp_path, "--steps", "30", fresh=True).stdout == finished.stdout
    assert run(clone, tmp_path, "--steps", "30", "--seed", "1").stdout != finished.stdout


def tree_where_forward_does(statement: str, clone: Path, tmp_path: Path) -> str:
    """The reference with another first line in MLPLanguageModel.forward."""
    shutil.copytree(clone / "solutions/m01_mlp", tmp_path / "tree/m01_mlp")
    file = tmp_path / "tree/m01_mlp/language_model.py"
    source = file.read_text("utf-8")
    first_line = "x = self.embedding(tokens)"
    assert source.count(first_line) == 1
    file.write_text(source.replace(first_line, statement), "utf-8")
    return str(tmp_path / "tree")


def test_an_unwritten_part_is_named_in_one_line(clone: Path, tmp_path: Path) -> None:
    tree = tree_where_forward_does("raise NotImplementedError", clone, tmp_path)
    stopped = run(clone, tmp_path, KATA_TREE=tree)
    assert stopped.returncode == 1
    assert re.fullmatch(
        r"MLPLanguageModel\.forward is not written yet \(.*language_model\.py:\d+\)\."
        r" What to do next: nox -s m01\n",
        stopped.stderr,
    )


def test_what_pytorch_has_not_implemented_is_not_called_unwritten(
    clone: Path, tmp_path: Path
) -> None:
    tree = tree_where_forward_does("return tokens.softmax(-1)", clone, tmp_path)
    stopped = run(clone, tmp_path, KATA_TREE=tree)
    assert "not implemented for 'Long'" in stopped.stderr
    assert "not written yet" not in stopped.stderr


def test_a_corpus_that_is_missing_is_told_in_one_line(clone: Path, tmp_path: Path) -> None:
    stopped = run(clone, tmp_path, "--corpus", "dogs.txt")
    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert stopped.stderr.count("\n") == 1
    assert "'dogs.txt'" in stopped.stderr


def test_steps_are_counted_from_one(clone: Path, tmp_path: Path) -> None:
    stopped = run(clone, tmp_path, "--steps", "0")
    assert stopped.returncode == 2
    assert "expected a whole number from 1 up, got '0'" in stopped.stderr
