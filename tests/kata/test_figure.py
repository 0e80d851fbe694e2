"""A loss curve is a small, valid SVG that is the same every time.

pytest tests/kata/test_figure.py
"""

import math
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kata.paths import ROOT
from kata.runs.figure import averaged, loss_curve

SVG = "{http://www.w3.org/2000/svg}"
CURVES = {"training": ([1, 2, 3], [4.0, 3.0, 2.5]), "validation": ([3], [2.6])}
LEVELS = {"uniform": 4.6, "bigram": 2.32}


def texts(file: Path) -> dict[str, float]:
    """Every text in the figure, and how far down it stands."""
    labels = ElementTree.parse(file).iter(f"{SVG}text")
    return {label.text: float(label.get("y") or 0) for label in labels}


def test_the_figure_is_valid_xml_with_every_name_in_it(tmp_path: Path) -> None:
    file = tmp_path / "runs" / "loss.svg"
    loss_curve(file, CURVES, LEVELS, "An MLP")
    assert ElementTree.parse(file).getroot().tag == f"{SVG}svg"
    assert {
        "An MLP",
        "step",
        "loss, nats",
        "training 2.50",
        "validation 2.60",
        "uniform 4.60",
        "bigram 2.32",
    } <= texts(file).keys()


def test_the_same_losses_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        loss_curve(tmp_path / name, CURVES, LEVELS, "An MLP")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_names_of_levels_that_almost_meet_stay_apart(tmp_path: Path) -> None:
    loss_curve(tmp_path / "loss.svg", CURVES, {"bigram": 3.0, "MLP": 3.01, "GPT": 2.99}, "")
    found = texts(tmp_path / "loss.svg")
    mlp, bigram, gpt = found["MLP 3.01"], found["bigram 3.00"], found["GPT 2.99"]
    assert mlp + 12 < bigram < gpt - 12  # a line of text is about 12 high


def test_a_loss_that_broke_is_named_where_it_was_last_a_number(tmp_path: Path) -> None:
    broken = ([1, 2, 3, 4], [4.0, 3.0, math.inf, math.nan])
    loss_curve(tmp_path / "loss.svg", {"training": broken}, {"low": 2.5, "high": 3.5}, "")
    found = texts(tmp_path / "loss.svg")
    assert found["high 3.50"] + 12 < found["training nan"] < found["low 2.50"] - 12


def test_a_loss_that_never_was_a_number_has_no_name(tmp_path: Path) -> None:
    loss_curve(tmp_path / "loss.svg", {"training": ([1], [math.nan])}, LEVELS, "")
    assert not any(name and "training" in name for name in texts(tmp_path / "loss.svg"))


def test_a_dollar_in_a_name_is_a_dollar(tmp_path: Path) -> None:
    loss_curve(tmp_path / "loss.svg", CURVES, LEVELS, "my$notes_^$.txt")
    assert "my$notes_^$.txt" in texts(tmp_path / "loss.svg")


def test_a_figure_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "loss.svg"
    file.write_text("old", "utf-8")
    with pytest.raises(ValueError, match="same first dimension"):
        loss_curve(file, {"training": ([1, 2], [3.0])}, {}, "")
    assert [path.name for path in tmp_path.iterdir()] == ["loss.svg"]
    assert file.read_text("utf-8") == "old"


def test_averages_are_of_the_losses_since_the_last_point() -> None:
    steps, losses = averaged([1.0, 3.0, 5.0, 7.0, 9.0], points=2)
    assert (list(steps), losses) == ([2, 4], [2.0, 6.0])


def test_fewer_losses_than_points_stay_as_they_are() -> None:
    steps, losses = averaged([1.0, 3.0], points=100)
    assert (list(steps), losses) == ([1, 2], [1.0, 3.0])


def test_importing_it_does_not_import_matplotlib() -> None:
    code = "import sys, kata.runs.figure; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_a_figure_can_be_drawn_from_a_notebook_whose_backend_is_not_installed(
    tmp_path: Path,
) -> None:
    draw = "import sys; from pathlib import Path; from kata.runs.figure import drawing\n"
    draw += "with drawing(Path(sys.argv[1])): pass"
    subprocess.run(
        [sys.executable, "-c", draw, str(tmp_path / "loss.svg")],
        cwd=ROOT,
        env={**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        check=True,
    )
    assert (tmp_path / "loss.svg").exists()
