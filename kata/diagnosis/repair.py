"""Which failing tests of an exercise only feel the mistake of an earlier one.

They pass as soon as the earlier part is the reference's, in all modules of the learner's.
"""

import contextlib
from collections.abc import Generator, Mapping, Sequence
from types import ModuleType

from kata.course.curriculum import Milestone
from kata.diagnosis.replay import Case, Replay, up_to

Part = tuple[Milestone, str]  # an exercise


@contextlib.contextmanager
def repaired(modules: Mapping[str, ModuleType], parts: Sequence[Part]) -> Generator[None]:
    """Within the block these exercises are the reference's wherever the modules use them."""
    with contextlib.ExitStack() as undo:
        for of, exercise in parts:
            package = f"milestones.{of.package}"
            own = getattr(modules[package], exercise, None)
            right = getattr(up_to(of)[package], exercise)
            for module in modules.values():
                for name, value in list(vars(module).items()):
                    if value is own:
                        undo.callback(setattr, module, name, own)
                        setattr(module, name, right)
        yield


def cured(
    learners: Replay,
    modules: Mapping[str, ModuleType],
    parts: Sequence[Part],
    failing: Sequence[Case],
) -> set[str]:
    """The ids of the failing tests that pass on the learner's modules with these parts repaired."""
    with repaired(modules, parts):
        return {case.id for case in failing if learners.passes(case)}
