"""What the nox sessions do: python -m kata next, m01, watch, hint and so on."""

import errno
import importlib
import os
import subprocess
import sys
from collections.abc import Sequence

from rich.console import Console

from kata import board, checklist, lending, progress, reference
from kata.curriculum import ROOT, Milestone, milestone, milestones
from kata.errors import KataError
from kata.verdict import States, Verdict, state_of, states_of

RAW = "--raw"
BORROW = "--borrow"
MODULES = {  # imported only where they are asked for
    "watch": "watch",
    "hint": "hints",
    "bisect": "bisect",
    "trace": "trace",
    "doctor": "doctor",
    "reset": "reset",
    "undo": "backups",
    "reveal": "reveal",
    "plan": "plan",
    "stubs": "stubs",
    "bugs": "matrix",
    "export": "export",
    "badges": "publish",
    "judge": "judge",
    "grade": "grade",
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
    verdict = _judge(unfinished, console)
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
    if borrowed:
        reference.location()
    if RAW in options:
        files = [chosen.test_file(e) for e in exercises] or [chosen.tests]
        command = [sys.executable, "-m", "pytest", RAW, "--tree", tree, *map(str, files)]
        return subprocess.call(command)
    verdict = _judge(chosen, console, exercises, tree)
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
    """Every milestone's verdict, each judged apart on a copy, into CHECKLIST.md."""
    from kata.judge import Judge

    results = []
    with console.status("Loading") as status, Judge(many=True) as judge:
        for one in milestones():
            status.update(f"{one.id}  {one.title}")
            results.append(judge.verdict(one))
    states = {m.id: r.states(m) for m, r in zip(milestones(), results, strict=True)}
    _keep(states, console)
    current = board.first_unfinished(states)
    board.show_milestones(states, console, current)
    console.print()
    for result in results:
        if result.error:
            console.print(f" {result.milestone}: {result.error}")
    if current:
        console.print(f" Next: {current[1]}. What it needs: nox -s {current[0].id}\n")
    return 1 if current else 0


def run_code(console: Console, arguments: Sequence[str]) -> int:
    """What the learner built in a milestone, on real data."""
    ids = [m.id for m in milestones()]
    if not arguments or arguments[0] not in ids:
        console.print(f"Which milestone? nox -s run -- {'|'.join(ids)} [--help]")
        return 2
    module = f"milestones.{milestone(arguments[0]).package}"
    return subprocess.call([sys.executable, "-m", module, *arguments[1:]])


def _judge(
    chosen: Milestone,
    console: Console,
    exercises: Sequence[str] = (),
    tree: str = "milestones",
) -> Verdict:
    """Run the tests; the verdict on a whole milestone of the learner's own is kept and ticked.

    Raises KataError where there is no verdict, or where a green one does not hold on a copy.
    """
    from kata import apart  # torch and pytest take a second or two: only where needed

    def run() -> Verdict:
        from kata.session import run_tests

        return run_tests([chosen], console, exercises, tree)

    verdict = apart.in_a_fork(run)
    if tree != "milestones":
        return verdict
    states = states_of(verdict)
    if exercises:
        judged = {e: states[chosen.id][e] for e in exercises}
        states[chosen.id] = progress.load()[chosen.id] | judged
        if state_of(states[chosen.id]) != "green":  # only a whole run makes a milestone green
            _keep(states, console)
        return verdict
    problem = ""
    if state_of(states[chosen.id]) == "green" and not progress.is_finished(chosen):
        states[chosen.id], problem = apart.confirmed(chosen, console)
    _keep(states, console)
    if problem:
        raise KataError(problem)
    return verdict


def _keep(states: States, console: Console) -> None:
    try:
        progress.save(states)
        checklist.tick(states)
    except OSError as error:
        console.print(f"CHECKLIST.md could not be written ({error}); the verdict stands.")


def main(arguments: Sequence[str]) -> int:
    os.chdir(ROOT)
    console = board.make_console()
    verb, *rest = arguments or ["next"]
    try:
        return _run(verb, rest, console)
    except reference.NoReference as missing:
        asked = " ".join([verb, "--", *rest]) if rest else verb
        console.print(f"{missing} nox -s {asked} needs them.")
        return 2
    except KataError as error:
        console.print(f"\n {error}\n")
        return 1
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC):
            raise
        console.print(f"\n {error}\n What can be written here, and what not: nox -s doctor\n")
        return 1
    except KeyboardInterrupt:
        console.print("\n Stopped.\n")
        return 130


def _run(verb: str, rest: Sequence[str], console: Console) -> int:
    if verb == "run":
        return run_code(console, rest)
    if verb in MODULES:
        return importlib.import_module(f"kata.{MODULES[verb]}").main(console, rest)
    if verb == "next":
        return run_next(console, rest)
    if verb == "progress":
        return run_progress(console)
    if verb not in [m.id for m in milestones()]:
        verbs = ("next", "progress", "run", *MODULES, *(m.id for m in milestones()))
        console.print(f"{verb!r} is none of {', '.join(verbs)}.")
        return 2
    return run_milestone(milestone(verb), console, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
