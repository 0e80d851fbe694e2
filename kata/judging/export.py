"""nox -s export -- DIR: the learner's edition, with the solutions sealed in one archive.

The same clone gives the same bytes on every system, and an edition exports itself.
"""

import io
import os
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from kata.course import checklist, reference, stubs
from kata.course.curriculum import Milestone, milestones
from kata.errors import KataError
from kata.files import sources
from kata.judging import selection
from kata.paths import ROOT, relative

WITHOUT = "--without-solutions"
TRACKS = "--tracks"
CURRICULUM = "milestones/curriculum.toml"
# What a learner gets; all else, such as an author's notes or benchmarks, stays behind.
ROOMS = (
    *("README.md", "CHECKLIST.md", "LICENSE", "noxfile.py", "pyproject.toml", "conftest.py"),
    *(".gitignore", ".gitattributes", ".ignore", ".editorconfig", ".dockerignore", "Dockerfile"),
    *(".devcontainer/devcontainer.json", ".vscode/settings.json"),
    *(".github/workflows/progress.yml", "docs/*.md", "kata/**/*.py", "kata/**/*.json"),
    *("milestones/__init__.py", CURRICULUM),
    *("tests/*.py", "tests/edition/*.py"),
)
LESSON = ("*.md", "*.svg")


def main(console: Console, arguments: Sequence[str]) -> int:
    """Write the edition into a folder that is new or empty."""
    words = list(arguments)
    chosen: Sequence[Milestone] = ()
    if TRACKS in words[:-1]:
        at = words.index(TRACKS)
        chosen = selection.of_tracks(words[at + 1].split(","))
        del words[at : at + 2]
    folders = [word for word in words if word != WITHOUT]
    if len(folders) != 1 or folders[0].startswith("-"):
        console.print(f"Export where to? nox -s export -- ../edition [{WITHOUT}] [{TRACKS} core]")
        return 2
    folder = Path(os.path.abspath(folders[0]))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        console.print(f"{folder} is not an empty folder. Name a new one.", soft_wrap=True)
        return 2
    sealed = WITHOUT not in arguments and reference.exists()
    files = edition(sealed, chosen)
    write(files, folder)
    where = f"the solutions are sealed in {reference.ARCHIVE.name}" if sealed else "no solutions"
    console.print(f"{len(files)} files in {folder}; {where}.", soft_wrap=True)
    console.print("To test that copy, run there: nox -s selftest")
    return 0


def edition(sealed: bool, chosen: Sequence[Milestone] = ()) -> dict[str, bytes]:
    """The content of every file of the edition, by its path from the edition's root.

    Nobody's work is in it: the rooms hold stubs, and no box is ticked. chosen: its milestones; all
    where empty. Raises KataError where a file is missing.
    """
    chosen = chosen or milestones()
    files = {relative(path): _text(path) for path in _paths(chosen)}
    files |= {relative(path): text for path, text in _stubs(chosen).items()}
    todo = {m.id: dict.fromkeys(m.exercises, "todo") for m in chosen}
    files["CHECKLIST.md"] = checklist.ticked(files["CHECKLIST.md"], todo)
    files[CURRICULUM] = selection.curriculum(files[CURRICULUM], chosen)
    for name in (name for name in files if name.endswith(".md")):
        files[name] = selection.page(files[name], chosen)
    contents = {name: text.encode() for name, text in files.items()}
    if sealed:
        contents[reference.ARCHIVE.name] = _archive(chosen)
    return dict(sorted(contents.items()))


def _paths(chosen: Sequence[Milestone]) -> list[Path]:
    patterns = [*ROOMS]
    for milestone in chosen:
        patterns += [f"milestones/{milestone.package}/{kind}" for kind in LESSON]
        patterns.append(f"tests/{milestone.package}/*.py")
    found = {pattern: sorted(ROOT.glob(pattern)) for pattern in patterns}
    if missing := [pattern for pattern, paths in found.items() if not paths]:
        raise KataError(f"{', '.join(missing)} is missing: git checkout brings it back.")
    numbers = [file for of in chosen for file in sorted(of.tests.glob("*.json"))]
    return [path for paths in [*found.values(), numbers] for path in paths]


def _stubs(chosen: Sequence[Milestone]) -> dict[Path, str]:
    rooms = [ROOT / "milestones" / m.package for m in chosen]
    if reference.exists():
        return {file: text for file, text in stubs.all_files().items() if file.parent in rooms}
    own = {file: _text(file) for room in rooms for file in sources(room)}
    return {f: text if f.name.startswith("__") else _stub(f, text) for f, text in own.items()}


def _stub(file: Path, text: str) -> str:
    try:
        return stubs.stub(text)
    except SyntaxError as error:
        raise KataError(f"{relative(file)} has no stub, for it is no Python: {error}") from None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")  # with \n at line ends, also from a checkout on Windows
    except (OSError, UnicodeDecodeError) as error:
        raise KataError(f"{relative(path)} cannot be exported: {error}") from None


def _archive(chosen: Sequence[Milestone]) -> bytes:
    """The solutions in one file: stored as they are, for deflate differs between systems."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for milestone in chosen:
            for name, text in reference.files(milestone.package).items():
                entry = zipfile.ZipInfo(f"{milestone.package}/{name}")  # its time is 1980
                entry.create_system, entry.external_attr = 3, 0o644 << 16  # as Unix writes it
                archive.writestr(entry, text.encode())
    return content.getvalue()


def write(files: dict[str, bytes], folder: Path) -> None:
    """All of them or none: the folder appears when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        whole = Path(scratch, "edition")
        for name, content in files.items():
            target = whole / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        if folder.exists():
            folder.rmdir()
        os.rename(whole, folder)
