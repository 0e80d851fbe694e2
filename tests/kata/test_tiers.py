"""What is said where no bug explains everything: near, in part, or nothing.

pytest tests/kata/test_tiers.py
"""

import math

import pytest
import torch

from kata.course import bugs, reference
from kata.course.curriculum import milestone
from kata.diagnosis.diagnose import BITS, diagnose
from kata.diagnosis.evidence import Evidence
from kata.diagnosis.matrix import collect
from kata.diagnosis.replay import Replay, earlier
from kata.diagnosis.weighing import Weights, own_bits
from kata.testing.seen import Raised, Seen, seen_as

M01 = milestone("m01")
SHIFT = "shifted = logits - logits.amax(-1, keepdim=True)"
MEAN = ".unsqueeze(-1)).mean()"
AXIS = "exp = (x - x.amax(dim, keepdim=True)).exp()"


def found(exercise, *edits, without=()):
    """The evidence of these edits of the reference, and what is said of it."""
    planted = [bugs.Bug(find, find, replace) for find, replace in edits]
    tree = str(bugs.planted(M01.package, reference.code(M01.package), planted))
    learners = Replay(tree, imported=earlier(M01))
    cases = collect(M01.test_file(exercise))
    failed = [case for case in cases if not learners.passes(case)]
    evidence = Evidence(failed, [case for case in cases if case not in failed], learners)
    known = [id for id in bugs.ids(M01, exercise) if id not in without]
    return evidence, diagnose(known, evidence)


SUMMED = (MEAN, ".unsqueeze(-1)).sum()")
CUT_OFF = ("shifted - shifted.exp()", "shifted * (shifted > -1e3) - shifted.exp()")


def test_exact_is_what_explains_everything():
    _, said = found("cross_entropy", SUMMED)
    assert (said.exact, said.near) == (["m01/cross-entropy-sums"], {})


def test_near_is_what_explains_most_beside_a_slip_that_no_bug_knows():
    evidence, said = found("cross_entropy", SUMMED, CUT_OFF)
    assert said.exact == []
    (tests,) = said.near.values()
    assert list(said.near) == ["m01/cross-entropy-sums"]
    assert 2 <= len(tests) < len(evidence.failing)


def test_near_is_not_said_where_it_turns_tests_red():
    alone = ("return -log_probs", "if logits.numel() > 40:\n        return -log_probs.sum()\n    "
             "return -log_probs")  # fmt: skip
    _, said = found("cross_entropy", alone)
    assert (said.exact, said.near) == ([], {})


def test_in_part_is_what_gives_all_wrong_numbers_and_would_give_more():
    default = ("dim: int = -1) -> Float[Tensor, \"...\"]:\n    r\"\"\"Turn", "dim: int = 0) -> "
               "Float[Tensor, \"...\"]:\n    r\"\"\"Turn")  # fmt: skip
    evidence, said = found("softmax", default, without=["m01/softmax-default-axis"])
    assert list(said.near) == ["m01/softmax-always-first-axis"]
    assert said.near["m01/softmax-always-first-axis"] == evidence.failing
    assert len(said.part) > 1


def test_what_only_comes_near_is_said_of_all_its_kind():
    """A number that the code need not have is not named."""
    assert "-1e9" in bugs.find("m03/attention-masked-as-a-billion").says
    assert "such as -1e4 or -1e9" in bugs.nearly("m03/attention-masked-as-a-billion")[0]
    assert bugs.nearly("m01/relu-is-abs") == [bugs.find("m01/relu-is-abs").says]


def test_exceptions_alone_name_nothing_near():
    evidence, said = found("softmax", (AXIS, f"{AXIS}\n    assert x.ndim > 2"))
    assert evidence.failing
    assert (said.exact, said.near) == ([], {})


@pytest.mark.parametrize(
    ("value", "bits"),
    [
        (torch.tensor([0.25, 0.75, 2.0]), 6),
        (torch.tensor([0.25]), 3),
        (torch.tensor([0.0, 1.0]), 0),
        (torch.tensor([math.nan, math.inf]), 0),
        (torch.ones(3, 3).tril().bool(), 3),
        (torch.ones(3, 3).bool(), 0),
    ],
    ids=["three numbers", "one number", "0 and 1", "NaN and inf", "a mask", "all True"],
)
def test_a_value_can_tell_no_more_than_its_numbers(value, bits):
    assert own_bits(seen_as(value)) == bits


@pytest.mark.parametrize("value", [True, None, 0, 1, "NoneType", Raised("TypeError", frozenset())])
def test_a_bare_value_tells_nothing(value):
    assert own_bits(Seen(value)) == 0


def test_a_value_that_many_mistakes_give_tells_less():
    evidence, _ = found("cross_entropy", SUMMED)
    known = bugs.ids(M01, "cross_entropy")

    def bits(ids):
        return Weights(evidence, ids).bits("m01/cross-entropy-sums", evidence.failing, math.inf)

    same = [id for id in known if evidence.gives(id, evidence.wrong[evidence.failing[0]][0])]
    assert bits(known) > BITS
    assert bits(same) < 1
