"""The engine stays readable in half an hour: small files in layers, all told in docs/engine.md.

pytest tests/kata/test_house.py
"""

import ast
import re
from graphlib import TopologicalSorter

import pytest

import kata
from kata.paths import ROOT, engine

# From the lowest on: a file imports from its own package and from those before it. The files
# of kata/ itself are the lowest, but for __main__, which stands above everything.
LAYERS = (
    "kata",
    "kata.course",
    "kata.runs",
    "kata.causes",
    "kata.testing",
    "kata.observers",
    "kata.diagnosis",
    "kata.judging",
    "kata.learner",
    "kata.__main__",
)


def dotted(file):
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {dotted(file): file for file in engine()}
PACKAGES = {name for name, file in FILES.items() if file.stem == "__init__"}
EACH = pytest.mark.parametrize("name", FILES)


def text(name):
    return FILES[name].read_text("utf-8")


def layer(name):
    """The index of the layer that the file stands in."""
    package = name if name in PACKAGES else name.rpartition(".")[0]
    return LAYERS.index(name if name in LAYERS else package)


def imported(name):
    """The files of the engine that this one names: in an import, or in a string of its code."""
    for node in ast.walk(ast.parse(text(name))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = None  # a docstring may point anywhere
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "kata":
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (one if one in FILES else node.module for one in inner)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (found for found in named(node.value) if found not in PACKAGES)


def named(string):
    """Files that a string names: `kata.diagnosis.plugin`, `kata/testing/seen.py`, `worker.py`."""
    found = re.findall(r"\bkata(?:[./]\w+)+", string)
    return {name for one in found if (name := one.replace("/", ".").removesuffix(".py")) in FILES}


@EACH
def test_a_file_has_at_most_250_lines(name):
    assert len(text(name).splitlines()) <= 250


@EACH
def test_a_function_has_at_most_40_lines(name):
    for node in ast.walk(ast.parse(text(name))):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40, node.name


@EACH
def test_a_file_names_no_layer_above_its_own(name):
    above = {other for other in imported(name) if layer(other) > layer(name)}
    assert not above


def test_no_file_imports_itself_through_others():
    graph = {name: set(imported(name)) - {name} for name in FILES}
    TopologicalSorter(graph).prepare()


def test_every_layer_is_a_folder_and_every_folder_a_layer():
    assert set(LAYERS) - {"kata.__main__"} == PACKAGES


def test_a_test_imports_its_checks_from_kata():
    from kata import check

    assert check.__name__ == "kata.testing.check"
    assert kata.sight.__name__ == "kata.testing.sight"
    with pytest.raises(AttributeError, match="no attribute 'cheque'"):
        kata.cheque  # noqa: B018


def section_of(package):
    page = (ROOT / "docs/engine.md").read_text("utf-8")
    heading = re.escape(f"## `{package.replace('.', '/')}/`")
    found = re.search(rf"^{heading}$(.*?)(?=^## |\Z)", page, re.M | re.S)
    assert found, f"docs/engine.md has no section on {package}"
    return found[1]


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_the_page_on_the_engine_names_every_file_where_it_is_and_no_other(package):
    section = section_of(package)
    inside = {name for name in FILES if name.rpartition(".")[0] == package} - PACKAGES
    told = set(re.findall(r"`(\w+)`", re.sub(r"```.*?```", "", section, flags=re.S)))
    others = {"KATA_TREE", "solutions"}
    assert told - others == {name.rpartition(".")[2] for name in inside}


@pytest.mark.parametrize("package", sorted(PACKAGES - {"kata"}))
def test_the_picture_of_a_folder_shows_files_that_are_in_it(package):
    (drawn,) = re.findall(r"```mermaid\nflowchart LR\n(.*?)```", section_of(package), re.S)
    nodes = set(re.findall(r"\w+", re.sub(r"\|.*?\||\w+\[.*?\]", "", drawn)))
    assert nodes - {"solutions", "tables", "each", "toml"} <= {
        name.rpartition(".")[2] for name in FILES if name.startswith(f"{package}.")
    }
