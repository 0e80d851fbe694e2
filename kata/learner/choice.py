"""A key of `watch`: an exercise is chosen by the first letters of its name, or by its milestone."""

from dataclasses import dataclass

from kata.course.curriculum import Milestone, milestones
from kata.course.verdict import States
from kata.learner.places import Place, begin_of, places
from kata.learner.usage import EXERCISES, MILESTONES, unknown


@dataclass
class Choice:
    """What has been typed of a name, until the choice is over."""

    typed: str = ""
    problem: str = ""  # why the name means none
    over: bool = False

    def press(self, key: str, here: Milestone, states: States) -> Place | None:
        """Take one more key. Returns the place that was chosen."""
        self.problem = ""
        if key in "\r\n" and self.typed:
            found = named(self.typed, here, states)
            if not isinstance(found, str):
                self.over = True
                return found
            self.problem = found
        elif key in "\r\n\x1b":
            self.over = True
        elif key in "\x7f\b":
            self.typed = self.typed[:-1]
        elif key.isprintable():
            self.typed += key
        return None


def named(typed: str, here: Milestone, states: States) -> Place | str:
    """The place of that name, or of the name that begins like it; a sentence where there is none.

    here: its exercises come before those of other milestones.
    """
    for milestone in milestones():
        if milestone.id == typed.lower():
            return begin_of(milestone, states)
    every = places(milestones())
    own = [place for place in every if place[0] == here]
    fit = [place for place in every if place[1].lower() == typed.lower()]
    ids = [m.id for m in milestones() if m.id.startswith(typed.lower())]
    for group in (own, every):
        fit = fit or [place for place in group if place[1].lower().startswith(typed.lower())]
    if len(fit) == 1 and not ids:
        return fit[0]
    if fit or ids:
        names = ", ".join([*(exercise for _, exercise in fit), *ids])
        return f"These names begin with {typed!r}: {names}. Type more of the one you want."
    return unknown("exercise or milestone", typed, EXERCISES + MILESTONES)
