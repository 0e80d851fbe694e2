"""`nox -s verify` proves all, a milestone, or what has changed.

pytest tests/kata/test_verify.py
"""

import subprocess
from pathlib import Path

import pytest

from kata.course.curriculum import milestone, milestones
from kata.paths import ROOT
from tests.kata import verify

pytestmark = pytest.mark.timeout(300)
IDS = [m.id for m in milestones()]
ALL = " or ".join(IDS)


@pytest.fixture
def calls(monkeypatch, tmp_path):
    """What pytest would be called with; nothing is proven yet, and each run is green."""
    made = []
    monkeypatch.setattr(verify, "PROVEN", tmp_path / "proven.json")
    monkeypatch.setattr(verify, "digest", lambda of: of.title)
    monkeypatch.setattr(verify.subprocess, "call", lambda command: made.append(command[7:]) or 0)
    monkeypatch.delenv("CI", raising=False)
    return made


def test_all_tests_run_where_nothing_is_named(calls):
    verify.main([])
    assert calls == [["tests/kata"]]


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["m03"], "(m03)"),
        (["m03", "m05"], "(m03 or m05)"),
        (["engine"], f"not ({ALL})"),
    ],
)
def test_a_milestone_is_what_has_its_name(calls, words, chosen):
    verify.main(words)
    assert calls == [["tests/kata", "-k", chosen]]


def test_paths_are_pytests(calls):
    verify.main(["tests/kata/test_verify.py", "-x"])
    assert calls == [["tests/kata/test_verify.py", "-x"]]


def test_what_was_green_and_has_not_changed_is_passed_over(calls, capsys):
    verify.main(["m03"])
    verify.main(["m03", "m04", "--changed"])
    verify.main(["m03", "--changed"])
    assert calls[1:] == [["tests/kata", "-k", "(m03 or m04) and not (m03)"]]
    assert "Passed over, proven as they are: m03." in capsys.readouterr().out


def test_what_was_red_or_in_part_is_not_passed_over(calls, monkeypatch):
    verify.main(["m03", "-x"])
    monkeypatch.setattr(verify.subprocess, "call", lambda _: 1)
    verify.main(["m04"])
    assert verify.proven() == {}


def test_in_ci_nothing_is_passed_over(calls, monkeypatch):
    verify.main(["m03"])
    monkeypatch.setenv("CI", "true")
    verify.main(["m03", "--changed"])
    assert calls[1:] == [["tests/kata", "-k", "(m03)"]]


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("solutions/m03_multi_head_attention/heads.py", True),
        ("solutions/m02_self_attention/bugs.toml", True),
        ("tests/m03_multi_head_attention/test_split_heads.py", True),
        ("tests/kata/alternates/loops/m03_multi_head_attention/__init__.py", True),
        ("milestones/m03_multi_head_attention/hints.md", True),
        ("kata/testing/check.py", True),
        ("solutions/m04_transformer_block/block.py", False),
        ("docs/engine.md", False),
    ],
)
def test_a_digest_is_of_what_the_proofs_rest_on(path, changes, monkeypatch):
    before = verify.digest(milestone("m03"))
    read = Path.read_bytes

    def edited(file):
        return read(file) + (b"#" if file == ROOT / path else b"")

    monkeypatch.setattr(Path, "read_bytes", edited)
    assert (verify.digest(milestone("m03")) != before) == changes


def test_parts_and_engine_together_are_all_tests():
    """Every test is of a milestone by its name, or of the engine: jobs in parallel leave none."""
    names = ["tests/kata/test_lessons.py", "tests/kata/test_help.py"]
    counts = [collected(*names, *verify.only(*which)) for which in (([], []), (IDS, []), ([], IDS))]
    assert counts[0] == counts[1] + counts[2] > 0


def collected(*arguments):
    command = [*verify.pytest(arguments)[:3], "--collect-only", "-q", *arguments]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    return sum("::" in line for line in said.splitlines())
