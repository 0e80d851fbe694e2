"""What `watch` does with a saved file, a key, and the end of a run."""

import queue
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from kata.course import lending
from kata.course.curriculum import Milestone, milestone, milestones
from kata.learner import greens, hints
from kata.learner.bench import Bench
from kata.learner.choice import Choice
from kata.learner.marks import Marks
from kata.learner.places import Place, after, begin_of, following, preceding
from kata.learner.screen import Screen
from kata.learner.warm import Request, Result, prepare

PATIENCE = 0.5  # seconds, after which a run that is under way is mentioned


class Watch:
    """The exercise at hand. A run judges it first, and then what else a save may have changed."""

    def __init__(self, console: Console, marks: Marks, start: Place) -> None:
        self.console = console
        self.marks = marks
        self.milestone, self.exercise = start
        self.screen = Screen(console)
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.bench = Bench(self.events)
        self.unchecked = [self.milestone]  # the marks of their exercises may be out of date
        self.completed: list[str] = []  # what is to be said of milestones that became green
        self.news: list[str] = []  # the same of an exercise
        self.unjudged = ""  # why the other exercises have no new marks
        self.choice: Choice | None = None  # of an exercise, while it is made
        self.listing = False  # the list of all milestones is on the screen
        self.asked = False  # for this run of the whole milestone, by a key
        self.looking = False  # for the mistake, after the verdict

    @property
    def place(self) -> Place:
        return self.milestone, self.exercise

    def loop(self) -> None:
        """Until q: a key, a saved file, or the end of a run."""
        self.judge()
        while True:
            run = self.bench.run
            free = not (self.choice or self.listing or self.looking)
            waiting = run and self.is_at_hand(run.request) and free
            try:
                kind, what = self.events.get(timeout=PATIENCE if waiting else None)
            except queue.Empty:
                subject = self.exercise if run and run.request.exercises else self.milestone.id
                self.console.print(f" Running {subject} ...", style="dim", end="\r")
                kind, what = self.events.get()
            if kind == "key" and self.choice:
                self.choose(self.choice, what)
            elif kind == "key" and what == "q":
                return
            elif kind == "key":
                self.press(what)
            elif kind == "saved":
                self.listing, self.screen.below, self.news = False, [], []
                self.doubt(self.milestone, *(m for m in milestones() if m.package in what))
                self.judge()
            elif what[0] is self.bench.run:  # one that was stopped has an end, too: of no interest
                self.take(what[0].request, what[1])

    # Runs

    def judge(self, whole: bool = False) -> None:
        """Start to judge the current exercise, or its milestone; a run under way is dropped."""
        self.unjudged, self.asked, self.looking = "", False, False
        self.bench.begin(self.request(self.milestone, [] if whole else [self.exercise]))

    def check(self) -> None:
        """Start to judge the other exercises that a save may have changed."""
        while self.unchecked and not self.bench.run:
            of = self.unchecked[0]
            others = [e for e in of.exercises if (of, e) != self.place]
            known = set(self.marks[of].values()) != {"todo"}
            if of == self.milestone or known:
                self.bench.begin(self.request(of, others))
            else:
                self.unchecked.remove(of)

    def doubt(self, *of: Milestone) -> None:
        self.unchecked = list(dict.fromkeys([*of, *self.unchecked]))

    def request(self, of: Milestone, exercises: Sequence[str]) -> Request:
        tree = lending.tree(self.marks.lent_to(of))
        screen = self.console.width, self.console.encoding, self.console.color_system is not None
        return Request(of.id, exercises, tree, *screen)

    def is_at_hand(self, request: Request) -> bool:
        at_hand = request.exercises in ([], [self.exercise])
        return at_hand and request.milestone == self.milestone.id

    # Results

    def take(self, request: Request, result: Result) -> None:
        at_hand = self.is_at_hand(request)
        if not result.final:
            if at_hand:
                self.marks[self.milestone].update(result.states)
                self.looking = True
                self.show(f"{result.text} Looking for the mistake behind it ...\n")
            return
        self.bench.over()
        if not at_hand:
            self.take_check(milestone(request.milestone), result)
        elif request.exercises:
            self.take_exercise(result)
        else:
            self.take_whole(result)
        # Do now what the next save would have to wait for.
        prepare(self.milestone, self.exercise, result.imported)
        if not self.bench.run:
            self.check()
            self.bench.stand_ready(self.request(self.milestone, [self.exercise]))

    def take_exercise(self, result: Result) -> None:
        states = self.marks[self.milestone]
        before = states[self.exercise]
        states[self.exercise] = result.states.get(self.exercise, "red")
        self.marks.keep(self.milestone, [self.exercise])
        if states[self.exercise] != "green":
            return self.tell(result.text)
        self.marks.keep_files(self.milestone)
        if before == "green":  # the learner came back to it
            return self.tell(self.at_green())
        self.news = [f"{self.exercise} is green."]
        self.console.print(Text(f" {self.news[0]}   ", "bold green"))  # as long as "Running ..."
        left = [exercise for exercise, state in states.items() if state != "green"]
        self.exercise = left[0] if left else self.exercise
        self.screen.below = []
        return self.judge(whole=not left)

    def take_whole(self, result: Result) -> None:
        self.marks[self.milestone].update(result.states)
        self.exercise = result.exercise or self.exercise
        if result.states and self.milestone in self.unchecked:
            self.unchecked.remove(self.milestone)
        if not result.states or not self.marks.is_green(self.milestone):
            self.marks.keep(self.milestone, result.states)
            return self.tell(result.text)
        if problem := self.complete(self.milestone):
            self.exercise = begin_of(self.milestone, self.marks.states)[1]
            return self.tell(problem)
        self.news = []
        place = after(self.milestone, self.marks.states)
        if self.asked or not place:
            return self.tell(self.at_green())
        return self.go(*place)

    def take_check(self, of: Milestone, result: Result) -> None:
        self.unchecked.remove(of)
        if not result.states:
            self.unjudged = f"{of.id} has exercises that were not judged. {result.text.strip()}"
        if self.marks.check(of, result.states):
            self.marks.keep(of, result.states)
            if self.marks.is_green(of):
                self.unjudged = self.complete(of)
                self.screen.headlines += self.completed
                self.completed = []
        elif not self.unjudged:
            return
        self.draw()

    def complete(self, of: Milestone) -> str:
        """Announce that the milestone is green, if it is on a copy, too; else why it is not."""
        problem = self.marks.confirm(of, self.console)
        if lent := self.marks.lent_to(of):
            run = f"nox -s run -- {of.id} --borrow"
            said = f"{of.id} is complete with {', '.join(lent)} borrowed. See it work: {run}"
            self.completed = [*dict.fromkeys([*self.completed, said])]
        elif self.completed and not problem:
            self.completed.append(f"{of.id} was solved already, and is complete, too.")
        elif not problem:
            run = f"nox -s run -- {of.id}"
            self.completed.append(f"{of.id} is complete. See it work: {run}")
        return problem and f" {problem}\n"

    # Where to go

    def go(self, of: Milestone, exercise: str) -> None:
        if of != self.milestone:
            self.doubt(of)
        self.milestone, self.exercise = of, exercise
        self.screen.below = []
        self.judge()

    def at_green(self) -> str:
        """What there is to do at an exercise that is green."""
        next_place = following(self.place, self.marks.states)
        if next_place == self.place:
            return " Every milestone is green.\n"
        return f" {self.exercise} is green. Press n to go on to {next_place[1]}.\n"

    # Keys and the screen

    def press(self, key: str) -> None:
        self.listing = key == "l" and not self.listing
        if key == "n":
            self.go(*following(self.place, self.marks.states))
        elif key == "b":
            self.go(*preceding(self.place))
        elif key == "c":
            self.choice = Choice()
        elif key == "r":
            self.judge(whole=True)
            self.asked = True
        elif key == "h":
            self.screen.add(hints.next_one(self.milestone, self.exercise, self.console))
        elif key == "d":
            changes = "".join(greens.diff(self.milestone))
            self.screen.add(Syntax("\n" + changes, "diff", background_color="default"))
        if key not in "nbr":
            self.draw()

    def choose(self, choice: Choice, key: str) -> None:
        place = choice.press(key, self.milestone, self.marks.states)
        if choice.over:
            self.choice = None
        self.draw()
        if place:
            self.go(*place)

    def show(self, text: str) -> None:
        self.screen.show([*self.completed, *self.news], text)
        self.draw()

    def tell(self, text: str) -> None:
        """Show what stays there until something is saved or a key is pressed."""
        self.show(text)
        self.completed, self.news = [], []

    def draw(self) -> None:
        if self.choice:
            states, choice = self.marks.states, self.choice
            return self.screen.ask(states, self.place, choice.typed, choice.problem)
        if self.listing:
            return self.screen.list(self.marks.states, self.place)
        notes = [*self.marks.notes(self.place), *filter(None, [self.unjudged])]
        return self.screen.draw(self.marks.states, self.place, notes)
