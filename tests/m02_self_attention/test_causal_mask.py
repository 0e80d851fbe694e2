"""causal_mask lets each position see itself and what came before.

pytest tests/m02_self_attention/test_causal_mask.py
"""

import pytest
import torch

from kata import check
from milestones.m02_self_attention import causal_mask


def test_three_positions_worked_by_hand():
    expected = [[True, False, False], [True, True, False], [True, True, True]]
    check.close(causal_mask(3), torch.tensor(expected))


def test_one_position_sees_itself():
    check.close(causal_mask(1), torch.tensor([[True]]))


@pytest.mark.parametrize("seq", [2, 5, 9, 300])
def test_a_query_may_see_every_key_up_to_its_own_place(seq):
    expected = [[key <= query for key in range(seq)] for query in range(seq)]
    check.close(causal_mask(seq), torch.tensor(expected))
