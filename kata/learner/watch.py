"""`nox -s watch`: save a file, see the verdict. Moves on by itself when an exercise is green."""

import threading
from collections.abc import Sequence
from pathlib import Path

import watchfiles
from rich.console import Console

from kata.course import lending, progress, reference
from kata.course.curriculum import core, milestones
from kata.course.verdict import States
from kata.learner import keys
from kata.learner.choice import named
from kata.learner.marks import Marks
from kata.learner.places import Place, after, begin_of
from kata.learner.warm import CAN_FORK, warm_up
from kata.learner.watching import Watch
from kata.paths import ROOT

ROOMS = ROOT / "milestones"


def main(console: Console, arguments: Sequence[str]) -> int:
    borrow = "--borrow" in arguments
    words = [word for word in arguments if word != "--borrow"]
    if len(words) > 1:
        console.print(f"watch begins at one milestone or exercise, but you named {len(words)}.")
        console.print(f"Name one of them: nox -s watch -- {', or -- '.join(words)}")
        return 2
    if not console.is_interactive:
        console.print("watch needs a terminal. Without one: nox -s next")
        return 2
    if borrow:
        reference.location()
    console.print("\n Loading PyTorch, once.", style="dim")
    if not CAN_FORK:
        console.print(
            " Right after a run the next one needs some seconds to load PyTorch first.", style="dim"
        )
    warm_up()
    states = progress.load()
    watch = Watch(console, Marks(states, borrow), start(words, borrow, states))
    stop = threading.Event()

    def follow() -> None:
        for changes in watchfiles.watch(
            ROOMS, watch_filter=watchfiles.PythonFilter(), debounce=50, step=5, stop_event=stop
        ):
            folders = {part for _, file in changes for part in Path(file).parts}
            watch.events.put(("saved", folders))

    threading.Thread(target=follow, daemon=True).start()
    try:
        with keys.heard(lambda key: watch.events.put(("key", key))):
            watch.loop()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        watch.bench.end()
    return 0


def start(words: Sequence[str], borrow: bool, states: States) -> Place:
    """Where a watch begins: at what was asked for, at the work at hand, or at what is left."""
    if words:
        place = named(words[0], milestones()[0], states)
        assert not isinstance(place, str), place  # kata/learner/usage.py has looked at it
        return place
    if borrow:
        return begin_of(lending.work_at_hand(), states)
    last = core()[-1]
    return after(last, states) or begin_of(last, states)
