"""One variable says which files answer `import milestones`, in every process.

pytest tests/kata/test_trees.py
"""

import importlib
import os
import sys
import types
from pathlib import Path

import pytest

from kata.course import bugs, trees
from kata.diagnosis import replay
from kata.paths import ROOT
from tests.kata.learner import Finished, Room, once, run_pytest

pytestmark = pytest.mark.timeout(180)

RELU, GELU = "tests/m01_mlp/test_relu.py", "tests/m01_mlp/test_gelu.py"
PAIR = "bug:m01/relu-is-abs+m01/gelu-exact"


def test_a_trees_name_is_a_folder() -> None:
    assert trees.search_path("milestones") == [str(ROOT / "milestones")]
    assert trees.search_path("solutions") == [str(ROOT / "solutions")]


def test_a_bug_is_an_edited_copy_before_the_reference() -> None:
    edited, whole, reference = map(Path, trees.search_path("bug:m01/relu-is-abs"))
    assert reference == ROOT / "solutions"
    right = (reference / "m01_mlp/functions.py").read_text("utf-8")
    wrong = (edited / "m01_mlp/functions.py").read_text("utf-8")
    assert wrong == right.replace("x.clamp(min=0)", "x.abs()") != right
    assert (whole / "m01_mlp/functions.py").read_text("utf-8") == right


def test_a_pair_has_both_edits() -> None:
    edited = Path(trees.search_path(PAIR)[0])
    text = (edited / "m01_mlp/functions.py").read_text("utf-8")
    assert "x.abs()" in text
    assert ".erf()" in text


def test_a_bug_touches_its_file_and_all_that_import_it_and_nothing_else() -> None:
    assert bugs.touched("m05/no-mask") == {
        "milestones.m05_gpt",
        "milestones.m05_gpt.__main__",
        "milestones.m05_gpt.gpt",
        "milestones.m05_gpt.loading",
    }


def test_what_bugs_leave_alone_is_imported_once_for_all_of_them() -> None:
    def modules(bug: str) -> dict[str, object]:
        with replay.on_bugs(bug).mounted():
            importlib.import_module("milestones.m05_gpt")
            return {n: module for n, module in sys.modules.items() if n.startswith("milestones.m")}

    one, other = modules("m05/no-mask"), modules("m05/no-blocks")
    apart = {name for name in one if one[name] is not other[name]}
    assert one.keys() == other.keys()
    assert apart == one.keys() & bugs.touched("m05/no-mask")


@pytest.mark.parametrize(
    "tree",
    [
        "solution",
        "",
        "no/such/folder",
        "pyproject.toml",
        "bug:",
        "bug:m01",
        "bug:m01/no-such-bug",
        "bug:m99/relu-is-abs",
        "bug:m01/relu-is-abs+m01/no-such-bug",
        "bug:m01/relu-is-abs+m01/relu-keeps-the-wrong-side",
    ],
)
def test_an_unknown_tree_is_an_error_that_says_what_is_wrong(tree: str) -> None:
    with pytest.raises(ValueError, match=r"KATA_TREE is|no seeded bug|no milestone|two edits"):
        trees.search_path(tree)


def where() -> str:
    module = importlib.import_module("milestones.m01_mlp.functions")
    return str(module.__file__)


def test_a_mounted_tree_answers_within_the_block_only(tmp_path: Path) -> None:
    with trees.mounted("solutions"):
        assert where() == str(ROOT / "solutions/m01_mlp/functions.py")
        mine = sys.modules["milestones.m01_mlp"]
        with trees.mounted(str(Room.furnished(tmp_path / "tree").folder)):
            assert where() == str(tmp_path / "tree/m01_mlp/functions.py")
        assert sys.modules["milestones.m01_mlp"] is mine
        assert os.environ["KATA_TREE"] == "solutions"


def test_only_what_belongs_to_the_milestones_is_taken_out() -> None:
    """A module of nearly the same name stays."""
    sys.modules["milestones_of_another"] = stranger = types.ModuleType("milestones_of_another")
    try:
        with trees.mounted("solutions"):
            assert sys.modules["milestones_of_another"] is stranger
        assert sys.modules["milestones_of_another"] is stranger
    finally:
        del sys.modules["milestones_of_another"]


def test_an_error_within_the_block_unmounts_the_tree() -> None:
    before = dict(os.environ), {n for n in sys.modules if n.startswith("milestones")}
    with pytest.raises(KeyError), trees.mounted("solutions"):
        raise KeyError(where())
    assert (dict(os.environ), {n for n in sys.modules if n.startswith("milestones")}) == before


def test_an_unknown_tree_is_not_mounted() -> None:
    before = dict(os.environ)
    with pytest.raises(ValueError, match="KATA_TREE is 'nowhere'"), trees.mounted("nowhere"):
        pass
    assert dict(os.environ) == before


def test_a_relative_folder_stays_the_same_when_the_working_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Room.furnished(tmp_path / "tree")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with trees.mounted("tree"):
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert where() == str(tmp_path / "tree/m01_mlp/functions.py")


# From end to end


def test_a_folders_path_may_hold_spaces_and_any_letters(tmp_path: Path) -> None:
    room = Room.furnished(tmp_path / "Bäume für Łukasz [v2] & 木")
    room.body("gelu", "return x['ü']")
    ended = room.run(RELU, tests=GELU)
    assert ended.states == {"relu": "green", "gelu": "red"}
    assert f"kata: tree {room.folder}\n" in ended.output
    assert f"{room.folder}/m01_mlp/functions.py" in ended.messages("gelu")[0]
    assert ended.report["tree"] == str(room.folder)


def test_pytest_runs_from_any_folder_with_the_trees_variable(tmp_path: Path) -> None:
    ended = run_pytest(str(ROOT / RELU), cwd=tmp_path, KATA_TREE="solutions")
    assert (ended.code, ended.states) == (0, {"relu": "green"})
    assert "kata: tree solutions\n" in ended.output
    assert next(iter(ended.exercises["relu"]["tests"])).startswith(RELU + "::test_")


def test_the_option_wins_over_the_variable_and_a_pair_is_diagnosed() -> None:
    ended = run_pytest(RELU, GELU, "--tree", PAIR, KATA_TREE="solutions")
    assert ended.states == {"relu": "red", "gelu": "red"}
    assert f"kata: tree {PAIR}\n" in ended.output
    failed = {
        name: {tuple(t["diagnosis"]) for t in found["tests"].values() if t["outcome"] == "failed"}
        for name, found in ended.exercises.items()
    }
    assert failed == {"relu": {("m01/relu-is-abs",)}, "gelu": {("m01/gelu-exact",)}}


@pytest.fixture
def unknown(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return once("unknown", tmp_path_factory, lambda _: run_pytest(RELU, "--tree", "solution"))


def test_an_unknown_tree_is_one_line_and_the_exit_code_of_a_usage_error(unknown: Finished) -> None:
    assert unknown.code == 4
    assert unknown.report is None
    said = (unknown.output + unknown.errors).strip().splitlines()
    assert said == [
        "ERROR: KATA_TREE is 'solution': expected milestones, solutions, bug:<milestone>/<bug>, "
        "borrow:<milestone>, or a folder"
    ]


def test_the_workers_of_xdist_agree_on_the_tree(tmp_path: Path) -> None:
    room = Room.furnished(tmp_path / "my tree")
    room.body("relu", "return x")
    ended = room.run("-n", "2", RELU, tests=GELU)
    assert ended.states == {"relu": "red", "gelu": "green"}
    assert ended.code == 1
    assert "2 workers" in ended.output
