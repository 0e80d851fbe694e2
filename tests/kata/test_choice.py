"""In `watch` an exercise is chosen by the first letters of its name.

pytest tests/kata/test_choice.py
"""

import pytest

from kata.course.curriculum import milestone, milestones
from kata.learner.choice import named
from kata.learner.places import after, following, preceding

M01 = milestone("m01")
TODO = {m.id: dict.fromkeys(m.exercises, "todo") for m in milestones()}
GREEN = {m.id: dict.fromkeys(m.exercises, "green") for m in milestones()}


@pytest.mark.parametrize(
    ("typed", "id", "exercise"),
    [
        ("sof", "m01", "softmax"),
        ("s", "m01", "softmax"),  # of this milestone, although others have names with s, too
        ("mlp", "m01", "MLP"),  # and not MLPLanguageModel
        ("split_h", "m03", "split_heads"),
        ("m03", "m03", "scaled_dot_product_attention"),
    ],
)
def test_the_beginning_of_a_name_is_enough(typed, id, exercise):
    assert named(typed, M01, TODO) == (milestone(id), exercise)


def test_a_beginning_that_several_names_share_is_asked_back():
    ids = ", ".join(m.id for m in milestones())
    said = (
        f"These names begin with 'm': MLP, MLPLanguageModel, {ids}. Type more of the one you want."
    )
    assert named("m", M01, TODO) == said


def test_a_milestone_stands_for_its_first_exercise_that_is_not_green():
    states = {**TODO, "m01": {**TODO["m01"], "relu": "green"}}
    assert named("m01", M01, states) == (M01, "gelu")


def test_the_next_is_in_this_milestone_while_anything_is_left_there():
    assert following((M01, "MLPLanguageModel"), TODO) == (M01, "relu")
    states = {**TODO, "m01": GREEN["m01"]}
    assert following((M01, "relu"), states) == (milestone("m02"), "attention_weights")
    assert following((M01, "relu"), GREEN) == (M01, "relu")


def test_after_the_last_milestone_comes_the_first():
    assert after(milestone("m07"), TODO) == (M01, "relu")
    assert after(milestone("m07"), GREEN) is None


def test_back_goes_over_the_border_of_a_milestone_and_not_before_the_first():
    second = milestone("m02")
    assert preceding((second, "attention_weights")) == (M01, "MLPLanguageModel")
    assert preceding((M01, "relu")) == (M01, "relu")
