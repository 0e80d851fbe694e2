"""The reference solutions: a folder in the authors' clone, one sealed archive in an edition.

The archive keeps them out of search and completion; it is no secret. Python imports from it as
from a folder (zipimport).
"""

import zipfile
from functools import cache
from pathlib import Path

from kata.errors import KataError
from kata.paths import ROOT

FOLDER = ROOT / "solutions"
ARCHIVE = ROOT / "solutions.zip"


class NoReference(KataError, ValueError):
    """This edition was exported without solutions."""


def exists() -> bool:
    return FOLDER.is_dir() or ARCHIVE.is_file()


def location() -> Path:
    """What `import` can find the milestones' packages in. Raises NoReference where nothing is."""
    if not exists():
        raise NoReference("This edition is without solutions.")
    return FOLDER if FOLDER.is_dir() else ARCHIVE


@cache
def files(package: str) -> dict[str, str]:
    """The text of each file of a milestone's package, by name; raises NoReference."""
    place = location()
    if place == FOLDER:
        found = [f for f in sorted((FOLDER / package).glob("*")) if f.suffix in (".py", ".toml")]
        return {file.name: file.read_text("utf-8") for file in found}
    with zipfile.ZipFile(place) as archive:
        names = [name for name in archive.namelist() if name.startswith(f"{package}/")]
        return {name.removeprefix(f"{package}/"): archive.read(name).decode() for name in names}


def code(package: str) -> dict[str, str]:
    """The same without the catalogue of bugs."""
    return {name: text for name, text in files(package).items() if name.endswith(".py")}
