"""Signatures are enforced as far as they are the course's, and no further.

pytest tests/kata/test_signatures.py
"""

import json
import shutil

import pytest
import torch
from jaxtyping import Float, jaxtyped
from torch import Tensor

from kata.course import annotations
from kata.judging.export import edition, write
from kata.paths import ROOT
from kata.testing.signatures import checked
from tests.kata.learner import Room, python

pytestmark = pytest.mark.timeout(300)


def promised(source, function):
    return annotations.promised("milestones.m01_mlp.functions", source, function)


def test_what_is_written_as_in_the_stub_is_enforced_whatever_its_format():
    source = 'def softmax(\n  x:Float[ Tensor,"..." ], dim :int=-1,\n)->Float[Tensor,\n "..."]: ...'
    assert promised(source, "softmax") == {"x", "dim", "return"}


@pytest.mark.parametrize(
    ("signature", "left"),
    [
        ("(x: Tensor, dim: int = -1) -> Float[Tensor, '...']", {"dim", "return"}),
        ("(x: Float[Tensor, '...'], dim: int | None = None)", {"x"}),
        ("(scores: Float[Tensor, '...'], dim: int = -1) -> Tensor", {"dim"}),
        ("(x, dim=-1)", set()),
        ("(x: Float[Tensor, 'vocab'], *dim: float)", set()),
    ],
)
def test_who_changes_one_annotation_keeps_the_others(signature, left):
    assert promised(f"def softmax{signature}: ...", "softmax") == left


def test_nothing_of_a_function_that_the_course_has_not_is_enforced():
    source = "def start(std: float) -> Tensor:\n  def softmax(dim: int): ..."
    assert promised(source, "start") == promised(source, "start.<locals>.softmax") == set()


def test_of_a_function_that_is_written_twice_counts_what_both_say():
    both = "if fast:\n  def relu(x: Float[Tensor, '...']): ...\nelse:\n  def relu(x: Tensor): ..."
    assert promised(both, "relu") == set()
    assert promised(both.replace("x: Tensor", "x: Float[Tensor, '...']"), "relu") == {"x"}


def test_the_fields_of_a_dataclass_are_its_parameters():
    source = (ROOT / "solutions/m05_gpt/config.py").read_text("utf-8")
    found = annotations.promised("milestones.m05_gpt.config", source, "GPTConfig.__init__")
    assert {"vocab_size", "context_length", "d_model", "n_layers", "n_heads"} <= found


def test_every_annotation_of_the_solutions_is_the_courses():
    for package, functions in annotations.of_the_course().items():
        for file in (ROOT / "solutions" / package).glob("[!_]*.py"):
            source = file.read_text("utf-8")
            for name, said in annotations.written(source).items():
                if "<locals>" not in name:
                    assert said == functions[name]
                    assert annotations.promised(f"milestones.{package}", source, name) == set(said)


def typed(*names):
    return jaxtyped(typechecker=lambda function: checked(function, lambda: {*names}))


def test_an_int_does_for_a_float_but_no_text_does():
    @typed("std", "return")
    def start(std: float) -> float:
        return std

    assert start(1) == 1
    with pytest.raises(Exception, match="std"):
        start("1")


def test_the_parameters_of_a_call_share_their_axes():
    @typed("q", "k", "return")
    def score(
        q: Float[Tensor, "query d"], k: Float[Tensor, "key d"], extra: int = 0
    ) -> Float[Tensor, "query key"]:
        return q @ k.mT if extra else k @ q.mT

    assert score(torch.ones(2, 3), torch.ones(4, 3), "1").shape == (2, 4)
    with pytest.raises(Exception, match="parameter 'k'"):
        score(torch.ones(2, 3), torch.ones(4, 5))
    with pytest.raises(Exception, match="return value"):
        score(torch.ones(2, 3), torch.ones(4, 3))


# In a run, in an edition, and in a judge's copy


def own(folder):
    """relu right, with annotations of the learner's own, of which none is true; gelu wrong."""
    room = Room.furnished(folder)
    room.begin("functions.py", "import torch")
    helper = "def helper(x: list[int], shape: list[int], scale: float, mask: Tensor = None) -> str:"
    room.edit("functions.py", "def relu", f"{helper}\n    return x * scale\n\n\ndef relu")
    body = ("return helper(x, x.shape, 1).clamp(min=0)",)
    room.body("relu", *body, signature='def relu(x: Int[Tensor, "..."]) -> float:')
    wrong = 'def gelu(x: Int[Tensor, "..."]) -> Float[Tensor, "..."]:'
    room.body("gelu", "return [x]", signature=wrong)
    return room


REFUSED = "What gelu returned does not fit its signature."


def test_annotations_of_ones_own_make_no_code_red(tmp_path):
    ended = own(tmp_path / "tree").run(
        "tests/m01_mlp/test_gelu.py", tests="tests/m01_mlp/test_relu.py"
    )
    assert ended.states == {"relu": "green", "gelu": "red"}
    assert ended.problems("gelu") == {REFUSED}


def test_the_refused_argument_is_named_in_a_property_too(tmp_path):
    room = Room.furnished(tmp_path / "tree")
    signature = 'def cross_entropy(logits: Int[Tensor, "own"], targets: Int[Tensor, "..."]):'
    room.body("cross_entropy", "return cross_entropy(logits, logits)", signature=signature)
    ended = room.run(tests="tests/m01_mlp/test_cross_entropy.py")
    refused = "cross_entropy was given a `targets` that does not fit its signature."
    assert ended.problems("cross_entropy") == {refused}


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "without-solutions"])
def test_an_edition_and_its_judge_enforce_the_same(tmp_path, sealed):
    clone = tmp_path / "edition"
    write(edition(sealed), clone)
    room = own(tmp_path / "tree")
    shutil.copytree(room.folder / "m01_mlp", clone / "milestones/m01_mlp", dirs_exist_ok=True)
    tests = ("tests/m01_mlp/test_relu.py", "tests/m01_mlp/test_gelu.py")
    ended = python(clone, "-m", "pytest", *tests, "--report=report.json")
    report = json.loads((clone / "report.json").read_text("utf-8"))
    found = report["milestones"]["m01"]["exercises"]
    assert (found["relu"]["state"], found["gelu"]["state"]) == ("green", "red")
    assert REFUSED in ended.stdout
    python(clone, "-m", "kata", "judge", "m01", "--out", "verdict.json")
    judged = json.loads((clone / "verdict.json").read_text("utf-8"))["exercises"]
    assert judged["relu"]["state"] == "green"
    for test in judged["gelu"]["tests"].values():
        assert REFUSED in test["message"]


def test_a_class_of_one_tree_is_not_taken_for_its_namesake_of_another():
    source = "class Cache: ...\ndef fill(cache: Cache | None): ..."
    trees = {"__name__": "tree"}, {"__name__": "tree"}
    for tree in trees:
        exec(source, tree)
    for tree in trees:
        checked(tree["fill"], lambda: {"cache"})(tree["Cache"]())
