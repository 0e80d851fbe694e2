"""`nox -s watch`: save a file, see the verdict. Moves on by itself when an exercise is green."""

import queue
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import watchfiles
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from kata import board, checklist, greens, hints, keys, progress
from kata.apart import confirmed
from kata.curriculum import ROOT, milestones
from kata.verdict import States, state_of
from kata.warm import CAN_FORK, Request, Result, Run, prepare, warm_up

ROOMS = ROOT / "milestones"
KEYS = "h hint  n next  l list  r run all of it  d diff to the last green  q quit"
PATIENCE = 0.5  # seconds, after which a run that is under way is mentioned


class Watch:
    """The exercise at hand, the run that is under way, and what is on the screen."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.states: States = progress.load()
        self.milestone, self.exercise = board.first_unfinished(self.states) or (
            milestones()[-1],
            milestones()[-1].exercises[-1],
        )
        self.run: Run | None = None
        self.next: Run | None = None  # stands ready
        self.whole = False  # whether that run is of the whole milestone
        self.news = ""  # what has become green since the last failure was shown
        self.trouble = ""  # why nothing can be written here

    def loop(self) -> None:
        """Until q: a key, a saved file, or the end of a run."""
        self.judge()
        while True:
            try:
                kind, what = self.events.get(timeout=PATIENCE if self.run else None)
            except queue.Empty:
                self.console.print(f" Running {self.exercise} ...", style="dim", end="\r")
                kind, what = self.events.get()
            if kind == "key" and what == "q":
                return
            if kind == "key":
                self.press(what)
            elif kind == "saved":
                self.judge()
            elif what[0] is not self.run:  # a run that was stopped has an end, too: of no interest
                continue
            elif not what[1].final:
                self.show(f"{what[1].text} Looking for the mistake behind it ...\n")
            else:
                self.judged(what[1])
                self.get_ready(what[1])

    def get_ready(self, after: Result) -> None:
        """Do now what the next save would have to wait for."""
        prepare(self.milestone, self.exercise, after.imported)
        if not self.run:
            self.whole = False
            self.stand_ready()

    def judge(self, whole: bool = False) -> None:
        """Start to judge the current exercise, or its milestone; a run under way is dropped."""
        self.drop()
        self.whole = whole
        run = self.run = self.stand_ready()
        self.next = None
        run.begin()

        def wait() -> None:
            for result in run.results():
                self.events.put(("judged", (run, result)))

        threading.Thread(target=wait, daemon=True).start()

    def stand_ready(self) -> Run:
        """Have the run that a save would begin set up: half of its time is over then."""
        request = Request(
            self.milestone.id,
            [] if self.whole else [self.exercise],
            dict(self.states[self.milestone.id]),
            self.console.width,
            self.console.encoding,
            self.console.color_system is not None,
        )
        if self.next and self.next.request != request:
            self.next.end()
            self.next = None
        self.next = self.next or Run(request)
        return self.next

    def drop(self) -> None:
        if self.run:
            self.run.stop()
            self.run = None

    def judged(self, result: Result) -> None:
        self.run = None
        states = self.states[self.milestone.id]
        states.update(result.states)
        if self.whole and state_of(states) == "green":
            on_a_copy, problem = confirmed(self.milestone, self.console)
            states.update(on_a_copy)
            result = Result(on_a_copy, f"\n {problem}\n")
        with self.writing():
            checklist.tick({self.milestone.id: states})
            if (
                self.whole or state_of(states) != "green"
            ):  # only a whole run makes a milestone green
                progress.save({self.milestone.id: states})
        if result.states and "red" not in result.states.values() and self.advance():
            return
        self.show(result.text)
        self.news = ""

    def advance(self) -> bool:
        """Go on from what is green; whether there was anything to go on to."""
        states = self.states[self.milestone.id]
        if not self.whole:
            if states[self.exercise] != "green":
                return False
            with self.writing():
                greens.keep(self.milestone)
            self.news = f"{self.exercise} is green."
            self.console.print(Text(f" {self.news}", "bold green"))
            left = [exercise for exercise, state in states.items() if state != "green"]
            self.exercise = left[0] if left else self.exercise
            self.judge(whole=not left)
            return True
        if state_of(states) != "green":
            self.exercise = next(e for e, state in states.items() if state != "green")
            return False
        self.news = (
            f"{self.milestone.id} is complete. See it work: nox -s run -- {self.milestone.id}"
        )
        if current := board.first_unfinished(self.states):
            self.milestone, self.exercise = current
            self.judge()
        else:
            self.show(" Every milestone is green.\n")
        return True

    def press(self, key: str) -> None:
        if key == "h":
            hints.show(self.milestone, self.exercise, None, self.console)
        elif key == "n":
            self.exercise = self.following()
            self.judge()
        elif key == "l":
            self.console.clear()
            board.show_milestones(self.states, self.console, (self.milestone, self.exercise))
            self.console.print(f"\n {KEYS}", style="dim")
        elif key == "r":
            self.judge(whole=True)
        elif key == "d":
            self.console.print(
                Syntax("".join(greens.diff(self.milestone)), "diff", background_color="default")
            )

    def following(self) -> str:
        """The next exercise that is not green, round the milestone; this one if there is none."""
        states = self.states[self.milestone.id]
        names = list(states)
        at = names.index(self.exercise) + 1
        left = [name for name in names[at:] + names[:at] if states[name] != "green"]
        return left[0] if left else self.exercise

    def show(self, text: str) -> None:
        self.console.clear()
        if self.news:
            self.console.print(Text(f"\n {self.news}", "bold green"))
        self.console.print(Text.from_ansi(text))
        if self.trouble:
            self.console.print(Text(f" Nothing is ticked or remembered: {self.trouble}", "dim"))
        self.console.print(f" {KEYS}", style="dim")

    @contextmanager
    def writing(self) -> Generator[None]:
        """Within the block files are written; where they cannot be, that is told, and no more."""
        try:
            yield
        except OSError as error:
            self.trouble = str(error)


def main(console: Console, arguments: Sequence[str]) -> int:
    if not console.is_interactive:
        console.print("watch needs a terminal. Without one: nox -s next")
        return 2
    console.print("\n Loading PyTorch, once.", style="dim")
    if not CAN_FORK:
        console.print(
            " Right after a run the next one needs some seconds to load PyTorch first.", style="dim"
        )
    warm_up()
    watch = Watch(console)
    stop = threading.Event()

    def follow() -> None:
        for _ in watchfiles.watch(
            ROOMS, watch_filter=watchfiles.PythonFilter(), debounce=50, step=5, stop_event=stop
        ):
            watch.events.put(("saved", None))

    threading.Thread(target=follow, daemon=True).start()
    try:
        with keys.heard(lambda key: watch.events.put(("key", key))):
            watch.loop()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        watch.drop()
        if watch.next:
            watch.next.end()
    return 0
