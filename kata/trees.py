"""Which folders answer `import milestones`: the learner's, the reference, a seeded bug, any other.

The choice is the environment variable KATA_TREE, so that every process agrees.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kata import bugs
from kata.curriculum import ROOT


def search_path(tree: str) -> list[str]:
    """The `__path__` of the package `milestones` for that tree.

    tree: `milestones`, `solutions`, `bug:m01/name` (a pair: `bug:m01/name+m01/other`), or the
    path of a folder laid out like them. Raises ValueError for anything else.
    """
    if tree in ("milestones", "solutions"):
        return [str(ROOT / tree)]
    if tree.startswith("bug:"):
        return [str(folder) for folder in bugs.tree(tree.removeprefix("bug:"))]
    if Path(tree).is_dir():
        return [str(Path(tree).resolve())]
    raise ValueError(
        f"KATA_TREE is {tree!r}: expected milestones, solutions, bug:<milestone>/<bug>, or a folder"
    )


def current() -> str:
    return os.environ.get("KATA_TREE", "milestones")


def contains(file: str, folders: list[str]) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)


@contextmanager
def mounted(tree: str) -> Generator[None]:
    """Within the block `import milestones` answers from that tree; afterwards as before.

    Raises ValueError for an unknown tree, and for a bug whose edits have no place.
    """
    search_path(tree)
    before = {name: module for name, module in sys.modules.items() if _is_milestone(name)}
    variable = os.environ.get("KATA_TREE")
    _forget_milestones()
    os.environ["KATA_TREE"] = tree
    try:
        yield
    finally:
        _forget_milestones()
        sys.modules.update(before)
        if variable is None:
            del os.environ["KATA_TREE"]
        else:
            os.environ["KATA_TREE"] = variable


def _is_milestone(name: str) -> bool:
    return name == "milestones" or name.startswith("milestones.")


def _forget_milestones() -> None:
    for name in [name for name in sys.modules if _is_milestone(name)]:
        del sys.modules[name]
