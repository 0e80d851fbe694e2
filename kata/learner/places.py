"""Where `watch` can be, a milestone and an exercise of it, and what comes before and after."""

from collections.abc import Iterable

from kata.course import route
from kata.course.curriculum import Milestone, milestones
from kata.course.verdict import States

Place = tuple[Milestone, str]


def places(of: Iterable[Milestone]) -> list[Place]:
    return [(m, exercise) for m in of for exercise in m.exercises]


def begin_of(milestone: Milestone, states: States) -> Place:
    """Its first exercise that is not green; the first of all where every one is."""
    left = [e for e, state in states[milestone.id].items() if state != "green"]
    return milestone, (left or milestone.exercises)[0]


def after(milestone: Milestone, states: States) -> Place | None:
    """The first exercise after the milestone that is not green, round all that is begun."""
    every = places(route.at_hand(states, milestone))
    end = every.index((milestone, milestone.exercises[-1])) + 1
    left = (p for p in every[end:] + every[:end] if states[p[0].id][p[1]] != "green")
    return next(left, None)


def following(place: Place, states: States) -> Place:
    """The next exercise that is not green, round the milestone, and then after it."""
    milestone, exercise = place
    at = milestone.exercises.index(exercise) + 1
    names = milestone.exercises[at:] + milestone.exercises[:at]
    left = [name for name in names if states[milestone.id][name] != "green"]
    return (milestone, left[0]) if left else after(milestone, states) or place


def preceding(place: Place) -> Place:
    every = places(milestones())
    return every[max(every.index(place) - 1, 0)]
