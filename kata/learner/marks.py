"""The states that `watch` shows: which are kept and ticked, and which rest on what is lent."""

from collections.abc import Collection, Generator
from contextlib import contextmanager

from rich.console import Console

from kata.course import checklist, leftovers, lending, reference, state
from kata.course.curriculum import Milestone
from kata.course.verdict import States, state_of
from kata.learner import greens
from kata.learner.apart import confirmed
from kata.learner.places import Place


class Marks:
    """borrow: whether the reference stands in for unfinished earlier milestones."""

    def __init__(self, states: States, borrow: bool) -> None:
        self.states = states
        self.borrow = borrow
        self.own: set[str] = set()  # milestones that were finished with what is lent
        self.broken: list[Place] = []  # what became red while another exercise was at hand
        self.trouble = ""  # why nothing can be written here

    def __getitem__(self, of: Milestone) -> dict[str, str]:
        return self.states[of.id]

    def is_green(self, of: Milestone) -> bool:
        return state_of(self[of]) == "green"

    def lent_to(self, of: Milestone) -> list[str]:
        """The earlier milestones in whose place the reference stands."""
        unfinished = lending.unfinished(of.before) if self.borrow else []
        return [id for id in unfinished if id not in self.own]

    def check(self, of: Milestone, found: dict[str, str]) -> bool:
        """Take over what was found while another exercise was at hand; whether it is new."""
        broken = [(of, e) for e in found if (self[of][e], found[e]) == ("green", "red")]
        self.broken = list(dict.fromkeys(self.broken + broken))
        before = dict(self[of])
        self[of].update(found)
        return self[of] != before

    def keep(self, of: Milestone, judged: Collection[str], whole: bool = False) -> None:
        """Tick and remember what was judged; only a whole run makes a milestone green.

        What was judged with earlier milestones of the reference is not kept.
        """
        if self.lent_to(of) or (self.is_green(of) and not whole):
            return
        with self._writing():
            checklist.keep({of.id: {e: self[of][e] for e in judged if e in self[of]}})

    def keep_files(self, of: Milestone) -> None:
        with self._writing():
            greens.keep(of)

    def confirm(self, of: Milestone, console: Console) -> str:
        """Keep a milestone as green if it is on a copy, too; else the reason why it is not."""
        if self.lent_to(of):
            self.own.add(of.id)
            return ""
        states, problem = confirmed(of, console)
        self[of].update(states)
        self.keep(of, states, whole=True)
        return problem

    def notes(self, at: Place) -> list[str]:
        """What the marks do not say themselves."""
        notes = [*state.put_aside, *leftovers.left_out()]
        if lent := self.lent_to(at[0]):
            notes.append(lending.said(lent, at[0]))
        elif waits := [m.id for m in at[0].before if self._is_unfinished(m)]:
            these = "it" if len(waits) == 1 else "them"
            command = f"nox -s watch -- {at[0].id} --borrow"
            lend = f" To take {these} from the reference, for this run: {command}"
            notes.append(f"Not finished: {', '.join(waits)}.{lend if reference.exists() else ''}")
        red = [e for of, e in self.broken if self[of][e] == "red" and (of, e) != at]
        if red:
            were = "was green and fails" if len(red) == 1 else "were green and fail"
            notes += [f"{', '.join(red)} {were} now. To go there, press c and type {red[0]}."]
        if self.trouble:
            notes += [f"Nothing is ticked or remembered: {self.trouble}"]
        return notes

    def _is_unfinished(self, of: Milestone) -> bool:
        """Not green, and not because of what broke just now."""
        broken = {e for one, e in self.broken if one == of and self[of][e] == "red"}
        return any(state != "green" for e, state in self[of].items() if e not in broken)

    @contextmanager
    def _writing(self) -> Generator[None]:
        """Within the block files are written; where they cannot be, that is told, and no more."""
        try:
            yield
        except OSError as error:
            self.trouble = str(error)
