"""What the nox sessions do: python -m kata next | m01 | progress | run | stubs | bugs."""

import os
import subprocess
import sys
from collections.abc import Sequence

from rich.console import Console

from kata import board, checklist, progress
from kata.curriculum import ROOT, Milestone, milestone, milestones
from kata.verdict import Verdict, state_of, states_of

RAW = "--raw"


def run_next(console: Console) -> int:
    """The board and the first unfinished exercise; a milestone that has not changed is not run."""
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
    known = (*chosen.exercises, RAW)
    if unknown := [option for option in options if option not in known]:
        console.print(f"{unknown[0]!r} is none of {', '.join(known)}.")
        return 2
    exercises = [option for option in options if option != RAW]
    if RAW in options:
        files = [chosen.test_file(e) for e in exercises] or [chosen.tests]
        return subprocess.call([sys.executable, "-m", "pytest", RAW, *map(str, files)])
    verdict = _judge([chosen], console, exercises)
    states = states_of(verdict)
    if exercises:
        states[chosen.id] = {e: states[chosen.id][e] for e in exercises}
    board.show(states, verdict, console)
    green = state_of(states[chosen.id]) == "green"
    if green and not exercises:
        board.celebrate(chosen, console)
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


def _judge(chosen: Sequence[Milestone], console: Console, exercises: Sequence[str] = ()) -> Verdict:
    """Run the tests; the verdict on whole milestones is remembered and ticked."""
    from kata.session import run_tests  # torch and pytest take a second or two: only where needed

    verdict = run_tests(chosen, console, exercises)
    if not exercises:
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
        return run_next(console)
    if verb == "progress":
        return run_progress(console)
    if verb == "run":
        return run_code(console, rest)
    if verb == "stubs":
        from kata import stubs

        return stubs.main(console, check="--check" in rest)
    if verb == "bugs":
        from kata import matrix

        return matrix.main(console, rest)
    return run_milestone(milestone(verb), console, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
