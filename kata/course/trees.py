"""Which folders answer `import milestones`: the learner's, the reference, a seeded bug, any other.

The choice is the environment variable KATA_TREE, so that every process agrees.
"""

import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from kata.course import bugs, reference
from kata.paths import ROOT


def search_path(tree: str) -> list[str]:
    """The `__path__` of the package `milestones` for that tree.

    tree: `milestones`, `solutions`, `bug:m01/name` (a pair: `bug:m01/name+m01/other`),
    `borrow:m01+m02` (these from the reference, the rest the learner's), or the path of a folder
    laid out like them. Raises ValueError for anything else, and NoReference, which is one, where
    the edition is without solutions.
    """
    if tree == "milestones":
        return [str(ROOT / tree)]
    if tree == "solutions":
        return [str(reference.location())]
    if tree.startswith("bug:"):
        return [str(folder) for folder in bugs.tree(tree.removeprefix("bug:"))]
    if tree.startswith("borrow:"):
        return [str(folder) for folder in bugs.lent(tree.removeprefix("borrow:"))] + [
            str(ROOT / "milestones")
        ]
    if tree and Path(tree).is_dir():
        return [str(Path(tree).resolve())]
    raise ValueError(
        f"KATA_TREE is {tree!r}: expected milestones, solutions, bug:<milestone>/<bug>, "
        "borrow:<milestone>, or a folder"
    )


def own_path(tree: str) -> list[str]:
    """The same without what is lent from the reference: the code that a learner may be shown."""
    return [str(ROOT / "milestones")] if tree.startswith("borrow:") else search_path(tree)


def absolute(tree: str) -> str:
    """The same tree's name in every working directory. Raises ValueError for an unknown tree."""
    path = search_path(tree)
    return path[0] if tree not in ("milestones", "solutions") and len(path) == 1 else tree


def current() -> str:
    return os.environ.get("KATA_TREE", "milestones")


def contains(file: str, folders: list[str]) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)


@contextmanager
def mounted(tree: str, imported: dict[str, ModuleType] | None = None) -> Generator[None]:
    """Within the block `import milestones` answers from that tree; afterwards as before.

    imported: what an earlier block on the same tree imported, to be used again; updated.
    Raises ValueError for an unknown tree, and for a bug whose edits have no place.
    """
    tree = absolute(tree)
    variable = os.environ.get("KATA_TREE")
    before = _take_out_milestones()
    os.environ["KATA_TREE"] = tree
    sys.modules.update(imported or {})
    try:
        yield
    finally:
        mine = _take_out_milestones()
        if imported is not None:
            imported.update(mine)
        sys.modules.update(before)
        if variable is None:
            del os.environ["KATA_TREE"]
        else:
            os.environ["KATA_TREE"] = variable


def _take_out_milestones() -> dict[str, ModuleType]:
    # A search in one long text: a look at each of some thousand names would take longer.
    names = re.findall(r"\n(milestones(?:\.[^\n]*)?)(?=\n)", "\n".join(["", *sys.modules, ""]))
    return {name: sys.modules.pop(name) for name in names}
