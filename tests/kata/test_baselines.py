"""The numbers that a learner's loss is held against are right.

pytest tests/kata/test_baselines.py
"""

import math

import pytest
import torch
from torch import Tensor

from kata.runs.baselines import bigram_loss, validation_loss


def test_the_bigram_counts_pairs_and_adds_one() -> None:
    # In "abab" b follows a twice and a follows b once; vocab is 2; then a follows b again.
    assert bigram_loss("ababa", n_train=4) == pytest.approx(-math.log((1 + 1) / (1 + 2)))


def test_the_bigram_is_uniform_after_a_character_it_never_saw() -> None:
    # "z" was never seen before anything, and neither was what comes after it.
    assert bigram_loss("aaazb", n_train=4) == pytest.approx(math.log(3))


def test_the_bigram_takes_ids_as_well() -> None:
    assert bigram_loss([0, 1, 0, 1, 0], n_train=4) == bigram_loss("ababa", n_train=4)


def test_a_model_that_knows_nothing_loses_ln_vocab() -> None:
    tokens = torch.arange(10_000) % 7
    loss = validation_loss(lambda context: torch.zeros(len(context), 7), tokens, 5_000, 3)
    assert loss == pytest.approx(math.log(7))


def test_every_validation_token_is_predicted_from_the_tokens_before_it() -> None:
    contexts = []

    def model(context: Tensor) -> Tensor:
        contexts.extend(context.tolist())
        return torch.nn.functional.one_hot(context[:, -1] + 1, 10) * 100.0

    assert validation_loss(model, torch.arange(10), n_train=7, context_length=2) == pytest.approx(0)
    assert contexts == [[5, 6], [6, 7], [7, 8]]
