"""Whatever a learner's file does, a run ends in one clear line and judges everything else.

pytest tests/kata/test_accidents.py
"""

import importlib
import re
import signal
from pathlib import Path

import pytest
import torch

import kata.testing.rooms
from kata.course import stubs, trees
from kata.course.curriculum import milestone
from kata.testing import leaks
from tests.kata.learner import Finished, Room, line_named, once, run_pytest

pytestmark = pytest.mark.timeout(180)  # each run starts Python and PyTorch anew


# Files that cannot be imported


@pytest.fixture
def imports(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A syntax error, a renamed file, a renamed function, a name that is not handed on."""

    def accident(folder: Path) -> Finished:
        room = Room.furnished(folder / "tree")
        room.edit("mlp.py", "class MLP(nn.Module):", "class MLP(nn.Module:")
        room.file("language_model.py").rename(room.file("lm.py"))
        room.edit("functions.py", "def gelu(", "def Gelu(")
        room.edit("__init__.py", "import Embedding, Linear", "import Linear")
        return room.run()

    return once("imports", tmp_path_factory, accident)


def test_broken_files_cost_only_the_exercises_in_them(imports: Finished) -> None:
    assert imports.with_state("green") == {"relu", "softmax", "cross_entropy", "Linear"}
    assert imports.code == 1


def test_a_syntax_error_is_told_with_its_line(imports: Finished) -> None:
    (problem,) = imports.problems("MLP")
    assert "cannot be imported. SyntaxError: " in problem
    assert line_named(problem) == "class MLP(nn.Module:"


def test_a_file_that_is_missing_or_renamed_is_named(imports: Finished) -> None:
    (problem,) = imports.problems("MLPLanguageModel")
    assert "m01_mlp/language_model.py is missing: was it renamed or moved?" in problem


def test_a_function_that_was_renamed_is_named_with_its_file(imports: Finished) -> None:
    (problem,) = imports.problems("gelu")
    assert "m01_mlp/functions.py defines no `gelu`: was it renamed?" in problem


def test_a_name_that_is_not_handed_on_is_named(imports: Finished) -> None:
    (problem,) = imports.problems("Embedding")
    assert "m01_mlp/__init__.py does not hand on `Embedding`: was it renamed?" in problem


@pytest.fixture
def at_import(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """One file ends Python; another changes a global; both while they are imported."""

    def accident(folder: Path) -> Finished:
        room = Room.furnished(folder / "tree")
        room.begin("layers.py", "import sys", "sys.exit('enough for today')")
        room.begin("functions.py", "import torch", "torch.set_default_dtype(torch.float64)")
        return room.run()

    return once("at_import", tmp_path_factory, accident)


def test_sys_exit_at_import_costs_only_what_needs_the_file(at_import: Finished) -> None:
    assert {"gelu", "softmax", "cross_entropy"} <= at_import.with_state("green")
    for exercise in ("Linear", "Embedding", "MLP", "MLPLanguageModel"):
        (problem,) = at_import.problems(exercise)
        assert "SystemExit: enough for today" in problem
        assert line_named(problem) == "sys.exit('enough for today')"


def test_a_global_changed_at_import_is_told_once_and_undone(at_import: Finished) -> None:
    (message,) = at_import.messages("relu")
    assert "changes the default dtype and leaves it changed" in message
    assert line_named(message) == "torch.set_default_dtype(torch.float64)"


def test_a_milestone_that_is_not_there_at_all_is_told_in_one_line(tmp_path: Path) -> None:
    ended = Room(tmp_path).run("tests/m01_mlp/test_relu.py", tests="tests/m01_mlp/test_gelu.py")
    assert ended.with_state("red") == {"relu", "gelu"}
    for exercise in ("relu", "gelu"):
        (problem,) = ended.problems(exercise)
        assert "m01_mlp/ is missing: was it renamed or moved?" in problem


def opened(room: Room, exercise: str) -> str:
    """Why the exercise cannot be used after the room was opened; empty where it can."""
    with trees.mounted(str(room.folder)):
        kata.testing.rooms.open_room(milestone("m01"))
        package = importlib.import_module("milestones.m01_mlp")
        try:
            getattr(package, exercise)(torch.ones(2))
        except kata.testing.rooms.BrokenPart as broken:
            return str(broken)
        except TypeError:  # a layer, which wants sizes
            return ""
    return ""


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("mlp.py", b'"""caf\xe9"""\n', "m01_mlp/mlp.py:1 cannot be imported. SyntaxError"),
        ("mlp.py", b"x = 1\n\xe9", "m01_mlp/mlp.py:2 cannot be imported. UnicodeDecodeError"),
        ("mlp.py", "MLP = 1\n".encode("utf-16"), "m01_mlp/mlp.py:"),
        ("mlp.py", b"import no_such_package\n", "mlp.py:1 cannot be imported. ModuleNotFoundError"),
        ("mlp.py", b"helper()\n", "mlp.py:1 cannot be imported. NameError: name 'helper'"),
        ("mlp.py", b"\n  x = 1\n", "mlp.py:2 cannot be imported. IndentationError: unexpected"),
        ("mlp.py", b"from milestones.m01_mlp import MLP\n", "circular import"),
        ("mlp.py", b"", "mlp.py defines no `MLP`: was it renamed?"),
        ("mlp.py", b"MLP = None\n", "`MLP`"),
        ("mlp.py", b"MLP = 3\n", "`MLP` in milestones/m01_mlp/__init__.py is 3, not a function"),
    ],
)
def test_whatever_is_wrong_with_a_file_costs_only_what_is_in_it(
    tmp_path: Path, name: str, text: bytes, reason: str
) -> None:
    room = Room.furnished(tmp_path / "tree")
    room.file(name).write_bytes(text)
    assert reason in opened(room, "MLP")
    assert opened(room, "relu") == opened(room, "MLPLanguageModel") == ""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs alarms")
def test_an_endless_loop_at_import_is_named_and_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room.furnished(tmp_path / "tree")
    loop = room.begin("layers.py", "while True:", "    pass")
    monkeypatch.setattr(kata.testing.rooms, "IMPORT_SECONDS", 1)
    assert re.search(rf"layers\.py:({loop}|{loop + 1})\b.*endless loop\?", opened(room, "Linear"))
    assert opened(room, "relu") == ""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs alarms")
def test_an_import_that_waits_is_no_endless_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room.furnished(tmp_path / "tree")
    line = room.begin("layers.py", "import time; time.sleep(300)")
    monkeypatch.setattr(kata.testing.rooms, "IMPORT_SECONDS", 1)
    said = opened(room, "Linear")
    assert (
        f"layers.py:{line} cannot be imported. Its import did not finish in 1 s, of which" in said
    )
    assert "loop" not in said
    assert opened(room, "relu") == ""


# Functions that do something else


@pytest.fixture
def answers(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Functions that return what they should not, or raise."""

    def accident(folder: Path) -> Finished:
        room = Room.furnished(folder / "tree")
        room.body("relu", "x.clamp(min=0)")
        room.body("gelu", "return x.tolist()")
        room.body("softmax", "return x.detach().numpy()", signature="def softmax(x, dim=-1):")
        room.body("cross_entropy", "return 1.5", signature="def cross_entropy(logits, targets):")
        room.body("Linear.forward", "rows = {} if len(x) > 1 else []", "return rows['weight']")
        room.body("Embedding.forward", "return self.forward(tokens)")
        room.body("MLP.forward", "return x * float('nan')")
        room.body("MLPLanguageModel.forward", "return tokens.to('meta').cpu()")
        return room.run()

    return once("answers", tmp_path_factory, accident)


def test_a_forgotten_return_is_asked_about(answers: Finished) -> None:
    for message in answers.messages("relu"):
        assert message.endswith("got  None (is a `return` missing?)")


def test_a_list_is_told_from_a_tensor(answers: Finished) -> None:
    first = answers.messages("gelu")[0]
    assert "What gelu returned does not fit its signature." in first
    assert "got  list" in first or "got  [-1.0, 0.0, 1.0]" in first


def test_a_long_list_is_shown_in_part_and_not_by_its_bracket(answers: Finished) -> None:
    assert not any(message.endswith("got  [") for message in answers.messages("gelu"))


def test_a_numpy_array_is_told_from_a_tensor(answers: Finished) -> None:
    assert "got  ndarray" in answers.messages("softmax")[0]


def test_a_python_float_is_told_from_a_tensor(answers: Finished) -> None:
    first = answers.messages("cross_entropy")[0]
    assert "expected  float32 () 0.2877" in first
    assert "got  float 1.5" in first


def test_an_exception_is_told_with_type_message_and_line(answers: Finished) -> None:
    first = answers.messages("Linear")[0]
    assert answers.problem("Linear") == "KeyError: 'weight'"
    assert line_named(first) == "return rows['weight']"


def test_a_recursion_without_end_is_told_with_its_line(answers: Finished) -> None:
    for message in answers.messages("Embedding"):
        assert "RecursionError: maximum recursion depth exceeded" in message
        assert line_named(message) == "return self.forward(tokens)"


def test_nan_is_shown_where_it_first_differs(answers: Finished) -> None:
    first = answers.messages("MLP")[0]
    assert "first difference at [0]: expected 1.341, got nan (1 of 1 numbers differ)" in first


def test_what_pytorch_has_not_implemented_is_red_and_not_todo(answers: Finished) -> None:
    assert answers.states["MLPLanguageModel"] == "red"
    assert answers.problem("MLPLanguageModel").startswith("NotImplementedError: ")
    assert line_named(answers.messages("MLPLanguageModel")[0]).startswith("return tokens.to")


def test_a_property_that_fails_in_two_ways_tells_one_of_them(answers: Finished) -> None:
    assert not any("ExceptionGroup" in message for message in answers.messages("Linear"))


def test_no_accident_ends_in_a_traceback(
    answers: Finished, imports: Finished, at_import: Finished
) -> None:
    for ended in (answers, imports, at_import):
        assert "Traceback" not in ended.output + ended.errors
        assert "INTERNALERROR" not in ended.output + ended.errors
        assert "\nE  " not in ended.output


# Endless loops


@pytest.fixture
def loops(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """relu never ends; softmax does not in float64, which only its properties use."""

    def accident(folder: Path) -> Finished:
        room = Room.furnished(folder / "tree")
        room.body("relu", "while True:", "    pass")
        endless = ("while str(x.dtype) == 'torch.float64':", "    pass")
        right = ("exp = (x - x.amax(dim, keepdim=True)).exp()", "return exp / exp.sum(dim, True)")
        room.body("softmax", *endless, *right)
        files = ["tests/m01_mlp/test_softmax.py", "tests/m01_mlp/test_gelu.py"]
        return room.run("-o", "timeout=2", *files, tests="tests/m01_mlp/test_relu.py")

    return once("loops", tmp_path_factory, accident)


def test_an_endless_loop_is_asked_about_by_name(loops: Finished) -> None:
    first = loops.messages("relu")[0]
    assert "relu did not finish in 2 s of processor time: is there an endless loop?" in first
    assert "called  relu(x)" in first
    assert line_named(first) in ("while True:", "pass")


def test_an_endless_loop_is_told_without_what_else_python_was_doing(loops: Finished) -> None:
    for text in (*loops.messages("relu"), loops.output):
        assert "printed" not in text
        assert "Stack" not in text


def test_an_endless_loop_is_waited_for_once(loops: Finished) -> None:
    for exercise in ("relu", "softmax"):
        waited, *rest = loops.messages(exercise)
        assert "did not finish in 2 s" in waited
        assert {text.strip() for text in rest} == {
            f"Not run: a test of {exercise} before it did not finish."
        }


def test_an_endless_loop_in_a_property_is_no_flaky_test(loops: Finished) -> None:
    first = loops.messages("softmax")[0]
    assert "called  softmax(x + shift)" in first
    assert "x: float64 (1, 1)" in first
    assert "Flaky" not in loops.output + loops.errors


def test_what_follows_an_endless_loop_is_judged(loops: Finished) -> None:
    assert loops.states == {"relu": "red", "softmax": "red", "gelu": "green"}


# Debuggers


@pytest.fixture
def debuggers(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A breakpoint in relu and in gelu, in a run without a terminal."""

    def accident(folder: Path) -> Finished:
        room = Room.furnished(folder / "tree")
        before("return x.clamp", "breakpoint()", room)
        before("u = math.sqrt", "import pdb; pdb.set_trace()", room)
        return room.run("tests/m01_mlp/test_gelu.py", tests="tests/m01_mlp/test_relu.py")

    return once("debuggers", tmp_path_factory, accident)


@pytest.mark.parametrize(
    ("exercise", "line"), [("relu", "breakpoint()"), ("gelu", "import pdb; pdb.set_trace()")]
)
def test_a_debugger_without_a_terminal_says_what_to_type(
    debuggers: Finished, exercise: str, line: str
) -> None:
    for problem in debuggers.problems(exercise):
        assert "opens a debugger, which needs a terminal of its own" in problem
        assert problem.endswith(f"nox -s m01 -- {exercise}")
        assert line_named(problem) == line


def test_a_debugger_without_a_terminal_prints_nothing_itself(debuggers: Finished) -> None:
    assert "set_trace (IO" not in debuggers.output
    assert "BdbQuit" not in debuggers.output


# Globals changed in a call


def before(statement: str, new: str, room: Room) -> None:
    room.edit("functions.py", f"    {statement}", f"    {new}\n    {statement}")


@pytest.fixture
def globals_changed(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Right answers, each with one of torch's globals changed on the way."""

    def accident(folder: Path) -> Finished:
        room = Room.furnished(folder / "tree")
        room.begin("functions.py", "import torch")
        before("return x.clamp", "torch.set_default_dtype(torch.float64)", room)
        before("u = math.sqrt", "with torch.no_grad(): x.max()  # innocent", room)
        before("u = math.sqrt", "torch.set_grad_enabled(False)", room)
        before("exp = (x", "torch.manual_seed(42)", room)
        files = [f"tests/m01_mlp/test_{name}.py" for name in ("gelu", "softmax", "Embedding")]
        return room.run(*files, tests="tests/m01_mlp/test_relu.py")

    return once("globals", tmp_path_factory, accident)


CHANGES = {
    "relu": ("the default dtype", "torch.set_default_dtype(torch.float64)"),
    "gelu": ("the grad mode", "torch.set_grad_enabled(False)"),
    "softmax": ("the global seed", "torch.manual_seed(42)"),
}


@pytest.mark.parametrize("exercise", CHANGES)
def test_a_changed_global_is_told_before_what_it_leads_to(
    globals_changed: Finished, exercise: str
) -> None:
    what, _ = CHANGES[exercise]
    first = globals_changed.messages(exercise)[0]
    assert f"changes {what} and leaves it changed" in first


@pytest.mark.parametrize("exercise", CHANGES)
def test_the_line_that_changes_a_global_is_named(globals_changed: Finished, exercise: str) -> None:
    _, line = CHANGES[exercise]
    told = [m for m in globals_changed.messages(exercise) if "leaves it changed" in m]
    assert {line_named(message) for message in told} == {line}


@pytest.mark.parametrize("seed", [0, 1, 42, 1234])
def test_no_seed_is_the_one_that_goes_unnoticed(seed: int) -> None:
    leaks.reset()
    torch.manual_seed(seed)
    leak = leaks.changed(milestone("m01"))
    leaks.reset()
    assert "the global seed" in str(leak)


def test_a_changed_global_does_not_reach_the_next_exercise(globals_changed: Finished) -> None:
    assert globals_changed.states["Embedding"] == "green"


# Nothing written yet


@pytest.fixture
def unwritten(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    def nothing(folder: Path) -> Finished:
        stubs.write(folder)
        room = Room(folder)
        room.body("gelu", "raise NotImplementedError('after lunch')  # TODO")
        return room.run()

    return once("unwritten", tmp_path_factory, nothing)


def test_an_exercise_that_is_not_written_is_todo(unwritten: Finished) -> None:
    assert set(unwritten.states.values()) == {"todo"}
    assert unwritten.code == 1


def test_a_todo_is_one_sentence_and_its_place(unwritten: Finished) -> None:
    for exercise in unwritten.exercises:
        for message in unwritten.messages(exercise):
            sentence, place = message.splitlines()
            assert sentence.strip() == f"{exercise} is not written yet."
            assert line_named(place).startswith("raise NotImplementedError")


def test_the_screen_shows_exactly_one_thing_to_do(unwritten: Finished) -> None:
    assert unwritten.output.count("Next: write") == 1
    assert "Next: write relu." in unwritten.output
    assert "NotImplementedError" not in unwritten.output
    assert "Traceback" not in unwritten.output + unwritten.errors


# The screen


def test_a_screen_that_knows_only_ascii_shows_all_it_can() -> None:
    file, tree = "tests/m01_mlp/test_gelu.py", "bug:m01/gelu-exact"
    ended = run_pytest(file, "--tree", tree, PYTHONIOENCODING="ascii")
    assert "This mistake gives exactly what your code gives." in ended.output
    assert "! gelu" in ended.output
    assert "UnicodeEncodeError" not in ended.output + ended.errors
    assert ended.code == 1
