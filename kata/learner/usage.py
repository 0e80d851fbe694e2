"""What may stand after `nox -s VERB --`, and what is said of a word that may not."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from rich.console import Console

from kata.course.curriculum import milestones


@dataclass(frozen=True)
class Usage:
    """takes: as it is shown. words: those that are known; None where any word will do. options:
    those that begin with a hyphen. kind: what a word that is not known was meant to be."""

    takes: str = ""
    words: tuple[str, ...] | None = ()
    options: tuple[str, ...] = ()
    kind: str = "word"


MOST = 16  # names that are listed where none is near
MILESTONES = tuple(m.id for m in milestones())
EXERCISES = tuple(e for m in milestones() for e in m.exercises)
USAGES = {
    "next": Usage("[MILESTONE] [--borrow]", MILESTONES, ("--borrow",), "milestone"),
    "progress": Usage(),
    "doctor": Usage(),
    "undo": Usage(),
    "watch": Usage(
        "[MILESTONE or EXERCISE] [--borrow]",
        MILESTONES + EXERCISES,
        ("--borrow",),
        "milestone or exercise",
    ),
    "hint": Usage("[EXERCISE] [LEVEL]", (*EXERCISES, *"0123456789"), kind="exercise"),
    "trace": Usage("MILESTONE", MILESTONES, kind="milestone"),
    "bisect": Usage("MILESTONE", MILESTONES, kind="milestone"),
    "reset": Usage("MILESTONE or EXERCISE", MILESTONES + EXERCISES, kind="milestone or exercise"),
    "reveal": Usage("EXERCISE", EXERCISES, kind="exercise"),
    "stubs": Usage("[--check]", options=("--check",), kind="option"),
    "bugs": Usage("[MILESTONE ...]", MILESTONES, kind="milestone"),
    "export": Usage(
        "FOLDER [--without-solutions] [--tracks core,...]",
        None,
        ("--without-solutions", "--tracks"),
    ),
    "badges": Usage("[FOLDER]", None),
}
USAGES |= {
    m.id: Usage("[EXERCISE ...] [--borrow] [--raw]", m.exercises, ("--borrow", "--raw"), "exercise")
    for m in milestones()
}


def answered(verb: str, given: Sequence[str], console: Console) -> int | None:
    """The exit code where `given` asks for help or is not understood; None where it is."""
    usage = USAGES.get(verb)
    if usage is None:  # a parser of its own
        return None
    line = f"nox -s {verb} -- {usage.takes}" if usage.takes else f"nox -s {verb}"
    if {"-h", "--help"} & set(given):
        _say(f"Usage: {line}", console)
        return 0
    for word in given:
        option = word.startswith("-")
        known = usage.options if option else usage.words
        if known is not None and word not in known:
            names = (*(usage.words or ()), *usage.options)
            kind = "option" if option else usage.kind
            _say(_elsewhere(verb, word) or unknown(kind, word, names), console)
            _say(f"Usage: {line}", console)
            return 2
    return None


def unknown(kind: str, word: str, known: Sequence[str]) -> str:
    """A sentence on a word that nothing is called by, and what may have been meant."""
    by_lower = {name.lower(): name for name in known}
    if close := get_close_matches(word.lower(), by_lower, 1):
        return f"Unknown {kind} {word!r}. Did you mean {by_lower[close[0]]}?"
    few = 0 < len(known) <= MOST
    return f"Unknown {kind} {word!r}." + (f" Expected one of {', '.join(known)}." if few else "")


def _elsewhere(verb: str, word: str) -> str:
    """Where another milestone has the exercise that was asked of this one."""
    homes = {exercise: m.id for m in milestones() for exercise in m.exercises}
    if verb not in MILESTONES or word not in homes:
        return ""
    return f"{word} is an exercise of {homes[word]}: nox -s {homes[word]} -- {word}"


def _say(text: str, console: Console) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
