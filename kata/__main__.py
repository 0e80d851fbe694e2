"""What the nox sessions do: python -m kata next, m01, watch, hint and so on."""

import importlib
import os
import subprocess
import sys
from collections.abc import Sequence

from rich.console import Console

from kata import board, checklist, lending, progress
from kata.curriculum import ROOT, Milestone, milestone, milestones
from kata.verdict import Verdict, state_of, states_of

RAW = "--raw"
BORROW = "--borrow"
MODULES = {  # imported only where they are asked for
    "watch": "watch",
    "hint": "hints",
    "bisect": "bisect",
    "doctor": "doctor",
    "reset": "reset",
    "undo": "backups",
    "reveal": "reveal",
    "stubs": "stubs",
    "bugs": "matrix",
}


def run_next(console: Console, options: Sequence[str]) -> int:
    """The board and the first unfinished exercise; a milestone that has not changed is not run."""
    if options == [BORROW]:
        return run_milestone(lending.latest_work(), console, options)
    if options:
        console.print(f"{options[0]!r} is not {BORROW}.")
        return 2
    unfinished = next((m for m in milestones() if not progress.is_finished(m)), None)
    if unfinished is None:
        board.show(progress.load(), {}, console)
        console.print(" Every milestone is green.")
        return 0
    verdict = _judge([unfinished], console)
    states = progress.load()
    if state_of(states[unfinished.id]) == "green":
        board.celebrate(unfinished, console)
        return subprocess.call([sys.executable, "-m", "kata", "next"])  # pytest runs once a process
    board.show(states, verdict, console)
    return 1


def run_milestone(chosen: Milestone, console: Console, options: Sequence[str]) -> int:
    """One milestone, or only the exercises named; a whole green milestone is ticked."""
    known = (*chosen.exercises, RAW, BORROW)
    if unknown := [option for option in options if option not in known]:
        console.print(f"{unknown[0]!r} is none of {', '.join(known)}.")
        return 2
    exercises = [option for option in options if option in chosen.exercises]
    borrowed = lending.unfinished_before(chosen) if BORROW in options else []
    tree = lending.tree(borrowed)
    if RAW in options:
        files = [chosen.test_file(e) for e in exercises] or [chosen.tests]
        command = [sys.executable, "-m", "pytest", RAW, "--tree", tree, *map(str, files)]
        return subprocess.call(command)
    verdict = _judge([chosen], console, exercises, tree)
    states = states_of(verdict)
    if exercises:
        states[chosen.id] = {e: states[chosen.id][e] for e in exercises}
    board.show(states, verdict, console)
    green = state_of(states[chosen.id]) == "green"
    if borrowed:
        console.print(f" Borrowed from the reference: {', '.join(borrowed)}. Nothing is ticked.\n")
    elif green and not exercises:
        board.celebrate(chosen, console)
    elif not green and lending.agreed(chosen, verdict, console):
        return subprocess.call([sys.executable, "-m", "kata", chosen.id, *options, BORROW])
    return 0 if green else 1


def run_progress(console: Console) -> int:
    """Every milestone's verdict, into CHECKLIST.md."""
    verdict = _judge(milestones(), console)
    states = states_of(verdict)
    board.show(states, verdict, console)
    return 0 if all(state_of(s) == "green" for s in states.values()) else 1


def run_code(console: Console, arguments: Sequence[str]) -> int:
    """What the learner built in a milestone, on real data."""
    ids = [m.id for m in milestones()]
    if not arguments or arguments[0] not in ids:
        console.print(f"Which milestone? nox -s run -- {'|'.join(ids)} [--help]")
        return 2
    module = f"milestones.{milestone(arguments[0]).package}"
    return subprocess.call([sys.executable, "-m", module, *arguments[1:]])


def _judge(
    chosen: Sequence[Milestone],
    console: Console,
    exercises: Sequence[str] = (),
    tree: str = "milestones",
) -> Verdict:
    """Run the tests; the verdict on whole milestones of the learner's own is kept and ticked."""
    from kata.session import run_tests  # torch and pytest take a second or two: only where needed

    verdict = run_tests(chosen, console, exercises, tree)
    if not exercises and tree == "milestones":
        states = states_of(verdict)
        try:
            progress.save(states)
            checklist.tick(states)
        except OSError as error:
            console.print(f"CHECKLIST.md could not be written ({error}); the verdict stands.")
    return verdict


def main(arguments: Sequence[str]) -> int:
    os.chdir(ROOT)
    console = board.make_console()
    verb, *rest = arguments or ["next"]
    if verb == "next":
        return run_next(console, rest)
    if verb == "progress":
        return run_progress(console)
    if verb == "run":
        return run_code(console, rest)
    if verb in MODULES:
        return importlib.import_module(f"kata.{MODULES[verb]}").main(console, rest)
    return run_milestone(milestone(verb), console, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
