"""What is said about a red exercise besides each test's own message."""

import contextlib
import io
import itertools
import sys
from collections.abc import Generator, Mapping, Sequence
from types import ModuleType

from kata.course import bugs, progress, reference, trees
from kata.course.curriculum import Milestone
from kata.course.verdict import TestVerdict
from kata.diagnosis import contrast
from kata.diagnosis.diagnose import diagnose
from kata.diagnosis.evidence import Evidence
from kata.diagnosis.repair import Part, cured, repaired
from kata.diagnosis.replay import Case, Replay
from kata.diagnosis.tags import parameters, tags
from kata.errors import KataError
from kata.observers.observe import observed
from kata.testing import debugger
from kata.testing.time_limit import TimeIsUp

UNSTEADY = "When this test runs again it sees other numbers, so nothing more is said of them."
SECONDS = 8  # for a test that runs again: what comes after its first failed check may have no end
TESTS = 12  # failing tests that are looked at for observations


def tell(
    part: Part,
    earlier: Sequence[Part],
    tests: Mapping[str, TestVerdict],
    cases: Mapping[str, Case],
    errors: Mapping[str, BaseException],
) -> None:
    """Write into the verdicts what can be said, and nothing where nothing can.

    part: the exercise, all of whose tests have run. earlier: the exercises that are red, too.
    """
    if not reference.exists() or any(test.outcome == "todo" for test in tests.values()):
        return
    failed = [cases[id] for id, test in tests.items() if test.outcome == "failed"]
    if not failed or isinstance(errors[failed[0].id], KataError):
        return  # the message says itself what is wrong
    failed = [case for case in failed if _can_run_again(errors[case.id])]
    with _unheard(), debugger.ignored():
        earlier = [*_to_blame(part[0], failed[:1]), *earlier]
        left = _not_cured(failed, earlier, tests)
        if not left or left[0] != failed[0]:  # of the test on screen all is said
            return
        with repaired(_modules(), earlier):
            passed = [cases[id] for id, test in tests.items() if test.outcome == "passed"]
            _say(part, Evidence(left, passed, _learners()), tests)


@contextlib.contextmanager
def _unheard() -> Generator[None]:
    """Within the block what the learner's code prints is dropped: it has printed it once."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _to_blame(of: Milestone, failed: list[Case]) -> list[Part]:
    """The first part of an earlier milestone with which, if it were right, the test would pass.

    Only milestones that are not known to be green are tried, and none of another tree's: there the
    learner's progress says nothing. Two parts in two milestones are more than is looked for.
    """
    if trees.current() != "milestones":
        return []
    suspects = [
        (one, exercise)
        for one in of.before
        if not progress.is_finished(one)
        for exercise in one.exercises
        if hasattr(_modules().get(f"milestones.{one.package}"), exercise)
    ]
    if not suspects or not cured(_learners(), _modules(), suspects, failed):
        return []
    alone = (one for one in suspects if cured(_learners(), _modules(), [one], failed))
    return list(itertools.islice(alone, 1))


def _not_cured(
    failed: list[Case], earlier: Sequence[Part], tests: Mapping[str, TestVerdict]
) -> list[Case]:
    """The tests that fail whatever becomes of the earlier parts; the others are told why."""
    for parts in [[part] for part in earlier] + [earlier] * (len(earlier) > 1):
        for id in cured(_learners(), _modules(), parts, failed):
            tests[id].follows = tests[id].follows or [name for _, name in parts]
    return [case for case in failed if not tests[case.id].follows]


def _say(part: Part, evidence: Evidence, tests: Mapping[str, TestVerdict]) -> None:
    if not evidence.failing:
        for test in evidence.unsteady[:1]:
            tests[test.id].observed = [UNSTEADY]
        return
    found = diagnose(bugs.ids(*part), evidence)
    for case in evidence.failing:
        tests[case.id].diagnosis = found.exact
        tests[case.id].near = [ids for ids, said in found.near.items() if case in said]
    screen = tests[evidence.failing[0].id]
    if found.part:
        left = f"In part: {len(found.part)} tests that this mistake would break pass."
        screen.contrast = f"{left} {_contrast(part, evidence)}".strip()
    elif not found.exact and not found.near:
        screen.observed = observed([evidence.refusals(test) for test in evidence.failing[:TESTS]])
        screen.contrast = _contrast(part, evidence)
        screen.cut = found.cut


def _contrast(part: Part, evidence: Evidence) -> str:
    failing, passing = evidence.failing, evidence.passing
    screen = failing[0]
    return (
        contrast.of_cases(screen, failing, passing)
        or contrast.of_tests(failing, passing, tags(*part, [*failing, *passing]))
        or contrast.of_examples(evidence.examples(screen), parameters(*part))
    )


def _learners() -> Replay:
    return Replay(trees.current(), imported=_modules(), seconds=SECONDS)


def _modules() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.startswith("milestones.")}


def _can_run_again(error: BaseException) -> bool:
    return not isinstance(error, KataError) and not isinstance(error, TimeIsUp)
