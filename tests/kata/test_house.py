"""The engine stays readable in half an hour, and docs/engine.md tells all of it.

pytest tests/kata/test_house.py
"""

import ast
import re
from graphlib import TopologicalSorter

import pytest

from kata.paths import ROOT

FILES = {file.stem: file for file in sorted((ROOT / "kata").glob("*.py"))}
EACH = pytest.mark.parametrize("name", FILES)


@EACH
def test_a_file_has_at_most_250_lines(name):
    assert len(FILES[name].read_text("utf-8").splitlines()) <= 250


@EACH
def test_a_function_has_at_most_40_lines(name):
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40, node.name


def imported(name):
    """The files of the engine that this one imports, anywhere in it."""
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "kata":
            yield from (alias.name for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kata."):
            yield node.module.removeprefix("kata.")


def test_no_file_imports_itself_through_others():
    TopologicalSorter({name: set(imported(name)) for name in FILES}).prepare()


def test_the_page_on_the_engine_names_every_file_and_no_other():
    page = (ROOT / "docs/engine.md").read_text("utf-8")
    drawn = re.search(r"```mermaid\n(.*?)```", page, re.DOTALL)[1]
    told = set(re.findall(r"`(\w+)`", page))
    others = {"milestones", "solutions", "gauntlet", "KATA_TREE"}
    assert told - others == FILES.keys() - {"__init__"}
    nodes = set(re.findall(r"\w+", re.sub(r"\|.*?\||\[.*?\]", "", drawn)))
    assert nodes - {"flowchart", "LR", "code", "tests"} <= FILES.keys()
