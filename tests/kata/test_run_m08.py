"""What a learner sees who runs milestone 8.

pytest tests/kata/test_run_m08.py
"""

import re
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from kata.paths import ROOT
from tests.kata import runs

pytestmark = pytest.mark.timeout(240)  # each run starts Python and PyTorch anew

TEXT = "The lowest and the newest are wider than the lower and the newer. " * 200


def run(*arguments: str, **settings: str) -> CompletedProcess[str]:
    return runs.run(ROOT, "m08_tokenizer", *arguments, **settings)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("text") / "low.txt"
    file.write_text(TEXT, "utf-8")
    return file


@pytest.fixture(scope="module")
def finished(corpus: Path) -> CompletedProcess[str]:
    return run("--steps", "3", "--vocab", "290", "--corpus", str(corpus))


def test_a_run_ends_well(finished: CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_it_shows_the_first_merges_and_the_last(finished: CompletedProcess[str]) -> None:
    assert re.search(r" 1 +'.+' \+ '.+' ", finished.stdout)
    numbers = [int(n) for n in re.findall(r" (\d+) +'.+?' \+ '", finished.stdout)]
    assert len(numbers) == 24
    assert {1, 2, 16} <= set(numbers)


def test_without_colours_bars_part_the_tokens(finished: CompletedProcess[str]) -> None:
    line = next(line for line in finished.stdout.splitlines() if "|" in line)
    assert line.replace("|", "").startswith("The tokenizer's vocabulary:")


def test_a_terminal_with_colours_shows_them(corpus: Path) -> None:
    options = ("--steps", "1", "--vocab", "260", "--corpus", str(corpus))
    assert "\x1b[30;4" in run(*options, FORCE_COLOR="1", TERM="xterm-256color").stdout


def test_a_text_of_another_script_costs_more(finished: CompletedProcess[str]) -> None:
    per_token = {}
    for kind in ("prose", "Russian", "emoji"):
        found = re.search(rf"^ +{kind} .* ([\d.]+) *$", finished.stdout, re.M)
        assert found is not None, kind
        per_token[kind] = float(found[1])
    assert per_token["prose"] > per_token["Russian"] > per_token["emoji"]


def test_the_table_compares_in_bits_a_byte(finished: CompletedProcess[str]) -> None:
    for way in ("characters", "tokens"):
        row = re.search(rf"^ +{way} +[\d,]+ +[\d,]+ +\d+ +\d+ bytes +([\d.]+) +([\d.]+) *$",
                        finished.stdout, re.M)  # fmt: skip
        assert row is not None, way
        assert 0 < float(row[2]) < 16


def test_the_lines_fit(finished: CompletedProcess[str]) -> None:
    assert max(map(len, finished.stdout.splitlines())) <= 90


def test_a_vocabulary_smaller_than_the_bytes_is_refused() -> None:
    refused = run("--vocab", "100")
    assert refused.returncode == 2
    assert "expected 256 or more" in refused.stderr
