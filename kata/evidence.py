"""What a learner's code gave in the tests of an exercise, beside what seeded bugs give in them."""

from collections.abc import Mapping, Sequence

from kata import trees
from kata.outcomes import Outcome
from kata.replay import Case, Replay, has_run, on_bugs


class Evidence:
    """Bugs are named as `m01/a` or, two together, as `m01/a+m01/b`.

    cases: the exercise's tests. outcomes: what the learner's code gave, by test id.
    """

    def __init__(self, cases: Sequence[Case], outcomes: Mapping[str, Outcome]) -> None:
        self.failing = [case for case in cases if outcomes[case.id].state == "failed"]
        self.passing = [case for case in cases if outcomes[case.id].state == "passed"]
        self._outcomes = outcomes
        self._signatures_spoke = any(outcome.shapes_broken for outcome in outcomes.values())
        self._harmless: dict[str, bool] = {}

    def explained_by(self, bugs: str) -> bool:
        """Whether all comes out with the bugs as it did for the learner.

        Tried fast, without enforced signatures; what explains all must do so with them.
        """
        try:
            trees.search_path(f"bug:{bugs}")
        except ValueError:  # the edits of a pair can be in each other's way
            return False
        if not self._enforced(bugs) and not self._agrees(on_bugs(bugs, shapes=False)):
            return False
        return self._agrees(on_bugs(bugs))

    def noticed_by(self, bug: str, test: Case) -> bool:
        """Whether that failing test fails with the bug, too."""
        return self._run(bug, test).state == "failed"

    def reproduced_by(self, bug: str, test: Case) -> bool:
        """Whether that failing test comes out with the bug as it did for the learner."""
        theirs = self._run(bug, test)
        return theirs.state == "failed" and theirs.same_as(self._outcomes[test.id])

    def is_harmless(self, bug: str) -> bool:
        """Whether every test that the learner's code passes passes with the bug."""
        if bug not in self._harmless:
            tests = self._known_first(self._replay(bug), self.passing)
            self._harmless[bug] = all(self._run(bug, test).state == "passed" for test in tests)
        return self._harmless[bug]

    def _run(self, bug: str, test: Case) -> Outcome:
        with self._replay(bug).running() as run:
            return run(test, self._outcomes[test.id].example)

    def _replay(self, bugs: str) -> Replay:
        return on_bugs(bugs, shapes=self._enforced(bugs))

    def _known_first(self, replay: Replay, tests: Sequence[Case]) -> list[Case]:
        """What has run on those bugs costs nothing, and often tells enough."""
        return sorted(
            tests, key=lambda test: not replay.knows(test, self._outcomes[test.id].example)
        )

    def _enforced(self, bugs: str) -> bool:
        return self._signatures_spoke or has_run(bugs)

    def _agrees(self, replay: Replay) -> bool:
        exactly = False
        with replay.running() as run:
            for test in self._known_first(replay, [*self.failing, *self.passing]):
                learners = self._outcomes[test.id]
                theirs = run(test, learners.example)
                if theirs.state != learners.state:
                    return False
                if learners.state == "failed":
                    if not theirs.alike(learners):
                        return False
                    exactly = exactly or theirs.same_as(learners)
        return exactly
