"""What the nox sessions do: python -m kata next, m01, watch, hint and so on."""

import errno
import importlib
import os
import subprocess
import sys
from collections.abc import Sequence

from rich.console import Console

from kata import folders
from kata.course import checklist, leftovers, lending, progress, reference, route
from kata.course.curriculum import Milestone, milestone, milestones
from kata.course.verdict import States, Verdict, state_of, states_of
from kata.errors import KataError
from kata.learner import usage
from kata.paths import ROOT
from kata.runs import cores
from kata.testing import board

RAW = "--raw"
BORROW = "--borrow"
MODULES = {  # imported only where they are asked for
    "watch": "learner.watch",
    "hint": "learner.hints",
    "bisect": "learner.bisect",
    "trace": "learner.trace",
    "doctor": "learner.doctor",
    "reset": "learner.reset",
    "undo": "course.backups",
    "reveal": "learner.reveal",
    "plan": "learner.plan",
    "stubs": "course.stubs",
    "bugs": "diagnosis.matrix",
    "export": "judging.export",
    "badges": "judging.publish",
    "judge": "judging.judge",
    "grade": "judging.grade",
}


def run_next(console: Console, options: Sequence[str]) -> int:
    """The board and the first unfinished exercise; a milestone that has not changed is not run.

    A milestone that is named is gone to, whatever it needs: what is missing is lent.
    """
    if options:
        named = [m for m in milestones() if m.id in options]
        return run_milestone(named[0] if named else lending.work_at_hand(), console, [BORROW])
    states = progress.load()
    unfinished = next((m for m in route.at_hand(states) if not progress.is_finished(m)), None)
    if unfinished is None:
        board.show(states, {}, console)
        board.offer_tracks(states, console)
        return 0
    verdict = _judge(unfinished, console)
    states = progress.load()
    if state_of(states[unfinished.id]) == "green":
        board.celebrate(unfinished, console)
        return subprocess.call([sys.executable, "-m", "kata", "next"])  # pytest runs once a process
    board.show(states, verdict, console)
    return 0


def run_milestone(chosen: Milestone, console: Console, options: Sequence[str]) -> int:
    """One milestone, or only the exercises named; a whole green milestone is ticked."""
    exercises = [option for option in options if option in chosen.exercises]
    borrowed = lending.unfinished(chosen.before) if BORROW in options else []
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
    green = state_of(states[chosen.id]) == "green"
    if state_of(states[chosen.id]) == "red" and not borrowed:
        board.show_red_before(chosen, progress.red_before(chosen), verdict, console)
    board.show(states, verdict, console)
    if borrowed:
        console.print(f" {lending.said(borrowed, chosen)}\n")
    elif green and not exercises:
        board.celebrate(chosen, console)
    elif not green and lending.agreed(chosen, verdict, console):
        return subprocess.call([sys.executable, "-m", "kata", chosen.id, *options, BORROW])
    return 0 if green else 1


def run_progress(console: Console) -> int:
    """Every milestone's verdict, each judged apart on a copy, into CHECKLIST.md."""
    from kata.judging.judge import Judge

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
    name, *options = [word for word in arguments if word != BORROW] or [""]
    line = f"Usage: nox -s run -- MILESTONE [{BORROW}] [OPTION ...]"
    if name in ("-h", "--help"):
        console.print(
            f"{line}\nThe options of a run: nox -s run -- {ids[0]} --help", highlight=False
        )
        console.print(
            f"With {BORROW} earlier milestones that are not finished are the reference's."
        )
        return 0
    if name not in ids:
        asked = f"Which milestone? Expected one of {', '.join(ids)}."
        word = name and not name.startswith("-")
        problem = usage.unknown("milestone", name, ids) if word else asked
        console.print(f"{problem}\n{line}", highlight=False)
        return 2
    chosen = milestone(name)
    borrowed = lending.unfinished(chosen.before_run) if BORROW in arguments else []
    if borrowed:
        reference.location()
        console.print(f"Borrowed from the reference: {', '.join(borrowed)}.\n")
    settings = {"KATA_TREE": lending.tree(borrowed)} if borrowed else {}
    if threads := cores.free():
        settings["OMP_NUM_THREADS"] = str(threads)
        number = f"{threads} thread{'s' if threads > 1 else ''}"
        console.print(f"Other programs keep the processor busy, so this run uses {number}.")
        console.print("To choose their number yourself, set OMP_NUM_THREADS.\n")
    command = [sys.executable, "-m", f"milestones.{chosen.package}", *options]
    return subprocess.call(command, env=os.environ | settings)


def _judge(
    chosen: Milestone,
    console: Console,
    exercises: Sequence[str] = (),
    tree: str = "milestones",
) -> Verdict:
    """Run the tests; the verdict on a whole milestone of the learner's own is kept and ticked.

    Raises KataError where there is no verdict, or where a green one does not hold on a copy.
    """
    from kata.learner import apart  # torch and pytest take a second or two: only where needed

    def run() -> Verdict:
        from kata.learner.session import run_tests

        return run_tests([chosen], console, exercises, tree)

    verdict = apart.in_a_fork(run)
    if tree != "milestones":
        return verdict
    states = states_of(verdict)
    if exercises:
        judged = {e: states[chosen.id][e] for e in exercises}
        _keep({chosen.id: judged}, console)
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
        checklist.keep(states)
    except OSError as error:
        console.print(f"Not all of this is ticked and remembered: {error}", soft_wrap=True)


def main(arguments: Sequence[str]) -> int:
    os.chdir(ROOT)
    folders.sweep()
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
    code = usage.answered(verb, rest, console)
    if code is not None:
        return code
    for sentence in leftovers.left_out():
        console.print(sentence)
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
        console.print(f"{usage.unknown('session', verb, verbs)} What there is: nox -l")
        return 2
    return run_milestone(milestone(verb), console, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
