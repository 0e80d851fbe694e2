"""`nox -s trace` and check.sees: who sees whom, drawn.

pytest tests/kata/test_trace.py
"""

import pytest
import torch

from kata.testing import check
from kata.testing.sight import dependencies, past
from tests.kata.test_help import clone, edit, kata, solve  # noqa: F401, clone is a fixture

pytestmark = pytest.mark.timeout(300)

X = torch.arange(16.0, dtype=torch.float64).reshape(2, 4, 2).sin()


def test_a_running_sum_sees_the_past_of_its_own_text():
    assert torch.equal(dependencies(lambda x: x.cumsum(1), X), past(batch=2, seq=4))


@pytest.mark.parametrize(
    ("leak", "sees"),
    [
        (lambda x: x.mean(0, keepdim=True).expand_as(x), torch.eye(4).repeat(2, 2)),
        (lambda x: x.roll(1, dims=1), torch.block_diag(*[torch.eye(4).roll(1, 0)] * 2)),
        (lambda x: x * torch.nan, torch.ones(8, 8)),
        (lambda x: torch.zeros_like(x), torch.zeros(8, 8)),
    ],
)
def test_every_dependence_is_found_and_no_other(leak, sees):
    assert torch.equal(dependencies(leak, X), sees.bool())


def test_token_ids_are_changed_to_other_ids_of_the_same_text():
    asked = []

    def model(ids):
        asked.append(ids)
        return ids.unsqueeze(2).double()

    dependencies(model, torch.tensor([[0, 2], [1, 2]]))
    assert len(asked) == 5
    assert torch.stack(asked).unique().tolist() == [0, 1, 2]


def test_a_check_that_fails_draws_both_grids_and_marks_what_is_wrong():
    with pytest.raises(check.Mismatch) as error:
        check.sees(lambda x: x[:, [1, 1, 2, 3]], X, past(batch=2, seq=4))
    assert error.value.detail.splitlines()[:3] == [
        "expected               got",
        "■ · · ·   · · · ·      ○ ✗ · ·   · · · ·",
        "■ ■ · ·   · · · ·      ○ ■ · ·   · · · ·",
    ]
    assert error.value.got == "16 of 64 marks are wrong"


def test_the_learner_s_own_gpt_is_drawn_and_what_is_borrowed_said(clone):  # noqa: F811
    solve(clone, "m05_gpt")
    edit(clone / "milestones/m05_gpt/gpt.py", "x = block(x, mask)", "x = block(x)")
    code, said = kata(clone, "trace", "m05")
    assert code == 0
    assert "Borrowed from the reference: m01, m02, m03, m04." in said
    assert "GPT: no score depends on a later token or another text [3]" in said
    assert "   ■ · · ·   · · · ·      ■ ✗ ✗ ✗   · · · ·" in said


def test_what_is_not_written_yet_has_nothing_to_show(clone):  # noqa: F811
    _, said = kata(clone, "trace", "m02")
    assert "causal_self_attention gives nothing to look at yet." in said
    assert "nox -s m02 -- causal_self_attention" in said


def test_it_asks_for_a_milestone_in_which_positions_see_each_other(clone):  # noqa: F811
    asked = "Which milestone? nox -s trace -- m02|m03|m04|m05|m06|m09|m10\n"
    assert kata(clone, "trace", "m01") == (2, asked)
