"""Runs a milestone's tests on any tree, in this process, and keeps what each check saw."""

import contextlib
import copy
import importlib
import sys
import tempfile
import types
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import is_hypothesis_test, settings

from kata.course import bugs, lending, trees
from kata.course.curriculum import Milestone, milestone
from kata.testing.check import Refusal, going_on
from kata.testing.failure import sayable
from kata.testing.outcomes import Outcome, outcome, start_afresh
from kata.testing.properties import examples
from kata.testing.time_limit import time_limit

SECONDS = 20  # for a test, as in pyproject.toml
BUG_SECONDS = 8  # for one on the reference with bugs, which can make a loop without an end


@dataclass(frozen=True)
class Case:
    """One collected test: the function in its file, and the values that pytest gives it."""

    id: str
    file: Path
    function: str
    params: dict[str, Any] = field(hash=False)
    wants_tmp_path: bool = False

    @classmethod
    def of(cls, item: pytest.Function) -> "Case":
        params = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        wants = "tmp_path" in item.fixturenames
        return cls(item.nodeid, item.path, item.originalname, params, wants)


class Replay:
    """The tests as they run on one tree, which is imported once.

    shapes: whether signatures are enforced, as they are for the learner. Without, the import
    takes a fifth of the time. imported: modules of the tree that need not be imported again.
    seconds: after which a test has failed.
    """

    def __init__(
        self,
        tree: str,
        shapes: bool = True,
        imported: Mapping[str, types.ModuleType] = types.MappingProxyType({}),
        seconds: float = SECONDS,
    ) -> None:
        self.tree, self.shapes, self._seconds = tree, shapes, seconds
        self._imported = dict(imported)
        self._passes: dict[str, bool] = {}
        self._seen: dict[tuple[str, int], Outcome] = {}
        self._modules: dict[Path, types.ModuleType | BaseException] = {}

    def again(self) -> "Replay":
        """Another one of the same modules, which has run nothing yet."""
        return Replay(self.tree, self.shapes, self._imported, self._seconds)

    def mounted(self) -> contextlib.AbstractContextManager[None]:
        """The block in which the tree answers `import milestones`.

        Raises ValueError where the tree is a bug whose edits have no place.
        """
        return trees.mounted(self.tree, self._imported)

    def passes(self, case: Case) -> bool:
        """Whether the test passes; the first check that refuses a value ends it."""
        if case.id not in self._passes:
            known = [outcome for (id, _), outcome in self._seen.items() if id == case.id]
            self._passes[case.id] = (
                all(outcome.state == "passed" for outcome in known)
                and self._run(case).state == "passed"
            )
        return self._passes[case.id]

    def sees(
        self, case: Case, example: int = 0, refused: Callable[[Refusal], None] = lambda _: None
    ) -> Outcome:
        """What the checks of the test see: one that refuses a value does not end it.

        example: of a property, which of those that are drawn for it.
        """
        key = case.id, example
        if key not in self._seen:
            with going_on(refused):
                self._seen[key] = self._run(case, example)
        return self._seen[key]

    def drawn(self, case: Case) -> list[dict[str, Any]]:
        """The examples that are drawn for a property; none for another test."""
        with self.mounted():
            function = self._function(case)
        return examples(function) if is_hypothesis_test(function) else []

    def _run(self, case: Case, only: int | None = None) -> Outcome:
        """The test on that example alone, or on all of them."""
        with self.mounted(), contextlib.ExitStack() as stack:
            start_afresh()
            try:
                function = self._function(case)
                runs = [case.params]
                if is_hypothesis_test(function):
                    runs = [case.params | one for one in examples(function)]
                    function = function.hypothesis.inner_test
                folder = {}
                if case.wants_tmp_path:
                    folder["tmp_path"] = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                with time_limit(self._seconds), sayable():
                    for arguments in runs if only is None else [runs[only]]:
                        start_afresh()
                        function(**copy.deepcopy(arguments), **folder)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # an exit in the learner's code, too
                return outcome(error)
            return outcome(None)

    def _function(self, case: Case) -> Any:
        return getattr(self.module(case.file), case.function)

    def module(self, file: Path) -> types.ModuleType:
        """The test file, executed anew so that its imports come from the mounted tree."""
        if file not in self._modules:
            module = types.ModuleType(f"replay.{file.stem}")
            module.__file__ = str(file)
            try:
                with _imports(self.shapes):
                    exec(_compiled(file), module.__dict__)
            except Exception as error:
                self._modules[file] = error
            else:
                self._modules[file] = module
        found = self._modules[file]
        if isinstance(found, BaseException):
            raise found
        return found


@lru_cache(maxsize=1)  # what it holds is large
def _replays(of: Milestone) -> dict[tuple[str, bool], Replay]:
    return {}


def on_bugs(ids: str, shapes: bool = True) -> Replay:
    """The tests as they run on the reference with `m01/a` or `m01/a+m01/b` in it.

    Kept until bugs of another milestone are asked for.
    """
    of = milestone(ids.partition("/")[0])
    known = _replays(of)
    if (ids, shapes) not in known:
        touched = bugs.touched(ids)
        whole = {n: module for n, module in up_to(of, shapes).items() if n not in touched}
        known[ids, shapes] = Replay(f"bug:{ids}", shapes, whole, BUG_SECONDS)
    return known[ids, shapes]


def has_run(ids: str) -> bool:
    """Whether tests have run on these bugs with signatures enforced."""
    return (ids, True) in _replays(milestone(ids.partition("/")[0]))


def earlier(than: Milestone, shapes: bool = True) -> dict[str, types.ModuleType]:
    """The reference's modules of what that milestone needs: a bug leaves them as they are."""
    modules: dict[str, types.ModuleType] = {}
    for one in than.before:
        modules |= up_to(one, shapes)
    return modules


@cache
def up_to(last: Milestone, shapes: bool = True) -> dict[str, types.ModuleType]:
    """The reference's modules of that milestone and what it needs.

    They are lent: straight from a sealed archive, no signature of theirs would be enforced.
    """
    modules = earlier(last, shapes)
    ids = [one.id for one in (*last.before, last)]
    with trees.mounted(lending.tree(ids), modules), _imports(shapes):
        importlib.import_module(f"milestones.{last.package}")
    modules.pop("milestones", None)  # it knows the tree
    return modules


def draw_examples(of: Milestone, exercise: str) -> None:
    """Draw what the properties of the exercise run on: no run has to do it again."""
    settings.load_profile("kata")  # pytest is not running here
    reference = Replay("solutions", shapes=False, imported=earlier(of, shapes=False))
    with reference.mounted():
        for test in vars(reference.module(of.test_file(exercise))).values():
            if is_hypothesis_test(test):
                examples(test)


def load_bugs(of: Milestone, exercise: str, stop: Callable[[], bool]) -> None:
    """Import the reference with each of the exercise's bugs in it, until it shall stop.

    That is half of a diagnosis, and the half that needs nothing of the learner's.
    """
    for bug in bugs.ids(of, exercise):
        if not stop():
            planted = on_bugs(bug, shapes=False)
            with contextlib.suppress(Exception), planted.mounted():
                planted.module(of.test_file(exercise))


@contextlib.contextmanager
def _imports(shapes: bool) -> Generator[None]:
    """Within the block what is imported has its signatures enforced, or not."""
    before = sys.meta_path.copy()
    if not shapes:
        sys.meta_path[:] = [f for f in before if not type(f).__module__.startswith("jaxtyping")]
    try:
        yield
    finally:
        sys.meta_path[:] = before


@cache
def _compiled(file: Path) -> types.CodeType:
    return compile(file.read_text("utf-8"), str(file), "exec", dont_inherit=True)
