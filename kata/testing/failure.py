"""What a failed test has to say, in a learner's words."""

import re
import traceback
from bdb import BdbQuit
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from kata.causes.search import cause
from kata.course import trees
from kata.course.todo import is_todo
from kata.course.verdict import Failure
from kata.errors import KataError, Mismatch
from kata.paths import relative
from kata.testing.called import last_call
from kata.testing.time_limit import TimeIsUp, time_limit

TRACE_LINES = 3
MAX_NAMES = 6
LONGEST = 10_000  # characters of a message
SECONDS_OF_TEXT = 1


@contextmanager
def sayable() -> Generator[None]:
    """An exception of the block whose text cannot be shown becomes one that says so.

    The text, and that of what the exception came from, may be the learner's own code.
    """
    try:
        yield
    except BaseException as error:
        if problem := _unsayable(error):
            raise KataError(problem).with_traceback(error.__traceback__) from None
        raise


def _unsayable(error: BaseException) -> str:
    one: BaseException | None = error
    seen: set[int] = set()
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        name = type(one).__name__
        try:
            with time_limit(SECONDS_OF_TEXT):
                text = str(one)
        except KeyboardInterrupt:
            raise
        except TimeIsUp:
            return f"{name}: (its message has no end)"
        except BaseException as failed:
            return f"{name}: (its message cannot be shown: {type(failed).__name__})"
        if len(text) > LONGEST:
            return f"{name}: {text[:LONGEST]} ... ({len(text):,} characters)"
        one = one.__cause__ or one.__context__
    return ""


def explain(error: BaseException, test_file: str, exercise: str) -> Failure:
    """Put an exception that ended a test into words.

    test_file: where the test stands; exercise: what it specifies.
    """
    called, arguments, compared = last_call(error.__traceback__, test_file)
    failure = Failure(called=called, arguments=arguments, trace=_milestone_lines(error))
    if is_todo(error):
        stub = failure.trace[-1].partition("  ")[0]
        part = _raiser(error).partition(".")[0]
        waits_for = part if part != exercise else ""
        return Failure(f"{part} is not written yet.", trace=[stub], waits_for=waits_for)
    if isinstance(error, Mismatch):
        failure.expected, failure.got = error.expected, error.got
        failure.detail, failure.hint = error.detail, error.hint
        failure.compared = compared
        failure.trace = []
    elif type(error).__name__ == "TypeCheckError":
        _explain_shape(failure, str(error))
    elif isinstance(error, KataError):
        return Failure(problem=str(error), called=called, arguments=arguments)
    elif isinstance(error, BdbQuit):
        failure.problem = "The debugger was left before the test came to its end: run it again."
    elif isinstance(error, TimeIsUp):
        failure.problem = f"{exercise} {error}"
    elif "loading state_dict for" in str(error) and not failure.trace:  # the test's own loading
        _explain_parameters(failure, str(error))
        failure.cause = cause(error, _is_own) if "key(s) in" in str(error) else ""
    else:
        failure.problem = f"{type(error).__name__}: {str(error).strip() or '(no message)'}"
        failure.cause = cause(error, _is_own)
    return failure


def last_words(report: pytest.TestReport) -> str:
    """What pytest says of a test that was skipped, or broke outside of its call."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]  # why it was skipped
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message if crash else str(report.longrepr)


def _explain_shape(failure: Failure, text: str) -> None:
    """jaxtyping's report, cut to what came, what the signature promises, and the axes so far."""
    found = re.search(r"parameter '(\w+)'", text)
    function = re.search(r"of milestones\.\w+\.\w+\.([\w.]+?)\.?$", text, re.M)
    name = function[1].removesuffix(".forward") if function else "the function"
    value = re.search(r"Actual value: (.*?)\n(?:Expected|$)", text, re.S)
    promise = re.search(r"Expected type: (.*?)\.?$", text, re.M)
    axes = re.findall(r"^(\w+=\d+)$", text, re.M)
    failure.problem = (
        f"{name} was given a `{found[1]}` that does not fit its signature."
        if found
        else f"What {name} returned does not fit its signature."
    )
    failure.expected = _in_words(promise[1]) if promise else ""
    failure.expected += f"  where {', '.join(axes)}" if axes else ""
    failure.got = f"{_spell_out(' '.join(value[1].split())):.60}" if value else ""
    if failure.got == "None":
        failure.got += (
            " (may it be None here, or is a `return` missing?)"
            if found
            else " (is a `return` missing?)"
        )


def _explain_parameters(failure: Failure, text: str) -> None:
    """PyTorch's report on a state dict that does not fit, cut to names and shapes."""
    layer = re.search(r"state_dict for (\w+)", text)
    keys = {
        kind: re.findall(r'"([^"]+)"', names)
        for kind, names in re.findall(r"(\w+) key\(s\) in state_dict: (.*)", text)
    }
    shapes = re.findall(r"mismatch for (\S+): .*?Size\(\[(.*?)\]\).*?Size\(\[(.*?)\]\)", text)
    right = keys.get("Unexpected", []) + [f"{name} ({theirs})" for name, theirs, _ in shapes]
    yours = keys.get("Missing", []) + [f"{name} ({own})" for name, _, own in shapes]
    failure.problem = (
        f"The parameters of {layer[1] if layer else 'the layer'} are not those of its docstring."
    )
    failure.expected = _some(right) or "no parameter besides"
    failure.got = _some(yours) or "no parameter of these names"


def _some(names: list[str]) -> str:
    more = len(names) - MAX_NAMES
    return ", ".join(names[:MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _in_words(annotation: str) -> str:
    """jaxtyping's Float[Tensor, '... vocab'] as float tensor (..., vocab)."""
    match = re.search(r"(\w+)\[Tensor, '([^']*)'\]", annotation)
    if not match:
        return re.sub(r"<class '(.*)'>", r"\1", annotation)
    return f"{match[1].lower()} tensor ({', '.join(match[2].split())})"


def _spell_out(short: str) -> str:
    """jaxtyping's f32[2,3](torch) as float32 (2, 3), wherever it stands."""
    kinds = {"f": "float", "i": "int", "u": "uint", "b": "bool", "bf": "bfloat", "c": "complex"}

    def spelled(match: re.Match[str]) -> str:
        kind, bits, shape, library = match.groups()
        sizes = shape.replace(",", ", ") + ("," if shape and "," not in shape else "")
        array = "" if library == "torch" else f"{library} array, "
        return f"{array}{kinds.get(kind, kind)}{bits} ({sizes})"

    return re.sub(r"\b([a-z]+)(\d*)\[([\d,]*)\]\((\w+)\)", spelled, short)


def _raiser(error: BaseException) -> str:
    """The function that raised: `Linear.forward`."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code.co_qualname


def _is_own(file: str) -> bool:
    return trees.contains(file, trees.own_path(trees.current()))


def _milestone_lines(error: BaseException) -> list[str]:
    """Where the exception passed through the learner's code, outermost first: file, line, code."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.lineno and _is_own(frame.filename):
            code = (frame.line or "").partition("  #")[0].strip()
            lines.append(f"{relative(frame.filename)}:{frame.lineno}  {code}")
    return lines[-TRACE_LINES:]
