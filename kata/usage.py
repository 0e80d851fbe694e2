"""What may stand after `nox -s VERB --`, and what is said of a word that may not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from rich.console import Console

from kata.curriculum import milestones


@dataclass(frozen=True)
class Usage:
    """takes: as it is shown. words: those that are known; None where any word will do. options:
    those that begin with a hyphen. kind: what a word that is not known was meant to be."""

    takes: str = ""
    words: tuple[str, ...] | None = ()
    options: tuple[str, ...] = ()
    kind: str = "word"


MILESTONES = tuple(m.id for m in milestones())
EXERCISES = tuple(e for m in milestones() for e in m.exercises)
USAGES = {
    "next": Usage("[--borrow]", options=("--borrow",), kind="option"),
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
    "export": Usage("FOLDER [--without-solutions]", None, ("--without-solutions",)),
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
        console.print(f"{line}\nWhat it does: nox -l", markup=False, highlight=False)
        return 0
    for word in given:
        known = usage.options if word.startswith("-") else usage.words
        if known is not None and word not in known:
            kind = "option" if word.startswith("-") else usage.kind
            console.print(
                f"{unknown(kind, word, (*(usage.words or ()), *usage.options))} Usage: {line}",
                markup=False,
                soft_wrap=True,
            )
            return 2
    return None


def unknown(kind: str, word: str, known: Iterable[str]) -> str:
    """A sentence on a word that nothing is called by, and the name that it may stand for."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), by_lower, 1)
    meant = f" Did you mean {by_lower[close[0]]}?" if close else ""
    return f"Unknown {kind} {word!r}.{meant}"
