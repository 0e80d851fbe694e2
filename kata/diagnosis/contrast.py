"""What the failing tests have in common, and those that pass have not."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kata.diagnosis.replay import Case

SIZE = "` with "
FEWEST = 2  # tests on each side: one could have anything in common with itself
EXAMPLES = 4  # of a property, on each side


def of_tests(
    failing: Sequence[Case], passing: Sequence[Case], tags: Mapping[Case, set[str]]
) -> str:
    """A phrase that holds for all failing tests and for none that pass; empty where there is none.

    tags: what holds for each test, see kata/diagnosis/tags.py.
    """
    if min(len(failing), len(passing)) < FEWEST:
        return ""
    shared = set.intersection(*(tags[test] for test in failing))
    telling = sorted(shared - set.union(*(tags[test] for test in passing)))
    telling = [phrase for phrase in telling if _has_its_like(phrase, passing, tags)]
    if not telling:
        return ""
    return (
        f"All {len(failing)} failing tests {telling[0]}; none of the {len(passing)} that pass does."
    )


def _has_its_like(phrase: str, tests: Sequence[Case], tags: Mapping[Case, set[str]]) -> bool:
    """A size is no contrast to tests that give the argument no size at all."""
    what, size, _ = phrase.partition(SIZE)
    return not size or all(any(p.startswith(what + SIZE) for p in tags[t]) for t in tests)


def of_cases(screen: Case, failing: Sequence[Case], passing: Sequence[Case]) -> str:
    """With which values a parametrized test fails, where it passes with others."""

    def values(cases: Sequence[Case]) -> list[str]:
        return [_given(case) for case in cases if case.function == screen.function]

    fails, passes = values(failing), values(passing)
    if not fails or not passes:
        return ""
    names = "/".join(screen.params)
    right, wrong = f"{names} = {_listed(passes)}", f"{names} = {_listed(fails)}"
    return f"With {right} this test passes; with {wrong} it fails."


def of_examples(examples: Sequence[tuple[Mapping[str, Any], bool]], names: Collection[str]) -> str:
    """The size from which on a property fails.

    examples: the arguments, and whether the property held for them. names: of the arguments that
    say something to a learner, because what is tested has them, too.
    """
    held = [arguments for arguments, holds in examples if holds]
    failed = [arguments for arguments, holds in examples if not holds]
    if min(len(held), len(failed)) < EXAMPLES:
        return ""
    for name, value in failed[0].items():
        if name not in names or not isinstance(value, int | list) or isinstance(value, bool):
            continue
        size = (lambda v: v) if isinstance(value, int) else len
        good, bad = [size(one[name]) for one in held], [size(one[name]) for one in failed]
        what = f"`{name}`" if isinstance(value, int) else f"the length of `{name}`"
        if max(good) < min(bad):
            return f"It holds where {what} is at most {max(good)}, and fails from {min(bad)} on."
        if max(bad) < min(good):
            return f"It holds where {what} is at least {min(good)}, and fails up to {max(bad)}."
    return ""


def _given(case: Case) -> str:
    """The values that a case of a parametrized test is given; their names where they are long."""
    values = case.params.values()
    if all(isinstance(value, int | float | str | tuple | None) for value in values):
        return "/".join(map(str, values))
    return case.id.partition("[")[2].removesuffix("]")


def _listed(values: Sequence[str]) -> str:
    *first, last = values
    return f"{', '.join(first)} and {last}" if first else last
