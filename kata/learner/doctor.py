"""nox -s doctor: what this machine has, and what to do about what it lacks."""

import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kata.course import reference, stubs
from kata.learner.warm import CAN_FORK
from kata.paths import ROOT, relative
from kata.testing import board

FREE_GIB = 1  # for checkpoints, corpora and figures


class Finding(NamedTuple):
    what: str
    found: str
    remedy: str = ""  # empty where all is well


def main(console: Console, arguments: Sequence[str]) -> int:
    findings = [*_python(), *_packages(), *_torch(), *_files(), *_disk()]
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        state = "red" if finding.remedy else "green"
        mark = Text(f" {board.MARKS[state]}", board.STYLES[state])
        table.add_row(mark, finding.what, Text(finding.found))
        if finding.remedy:
            table.add_row("", "", Text(finding.remedy, "yellow"))
    console.print()
    console.print(table)
    console.print()
    return 1 if any(finding.remedy for finding in findings) else 0


def _python() -> Iterator[Finding]:
    old = sys.version_info < (3, 11)
    remedy = "The kata needs 3.11 or newer: pipx run --python 3.11 nox" if old else ""
    yield Finding("Python", f"{platform.python_version()}, {platform.platform()}", remedy)


def _packages() -> Iterator[Finding]:
    """Every package of pyproject.toml in the version that it asks for."""
    try:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    except (OSError, ValueError, LookupError) as error:
        remedy = "Bring it back: git checkout pyproject.toml"
        yield Finding("packages", f"pyproject.toml: {error}", remedy)
        return
    wrong = []
    for wanted in map(Requirement, project["dependencies"]):
        try:
            version = importlib.metadata.version(wanted.name)
        except importlib.metadata.PackageNotFoundError:
            version = "missing"
        public = version.partition("+")[0]  # 2.13.0+cpu is 2.13.0
        if version == "missing" or not wanted.specifier.contains(public, prereleases=True):
            wrong.append(f"{wanted.name} {version}, wanted {wanted.specifier}")
    found = "; ".join(wrong) or f"all {len(project['dependencies'])} are as pyproject.toml asks"
    yield Finding("packages", found, "Delete the folder .venv and run nox." if wrong else "")


def _torch() -> Iterator[Finding]:
    try:
        import torch
    except ImportError as error:
        yield Finding("PyTorch", f"cannot be imported: {error}", "Delete .venv and run nox.")
        return
    devices = [
        *(f"CUDA ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())),
        *(["MPS"] if torch.backends.mps.is_available() else []),
        "CPU",
    ]
    threads = f"{torch.get_num_threads()} threads on {os.cpu_count()} cores"
    yield Finding("PyTorch", f"{torch.__version__}, {threads}")
    yield Finding("devices", ", ".join(devices))
    how = "each run starts at once" if CAN_FORK else "each run takes some seconds to start here"
    yield Finding("watch", how)


def _files() -> Iterator[Finding]:
    """Whose work is in the learner's files, and whether what must not change has changed."""
    if not reference.exists():
        yield Finding("files", "not compared, because this edition is without solutions")
        return
    work = [f for f in stubs.generated() if f.is_file() and stubs.has_work(f)]
    own = [relative(f) for f in work if not f.name.startswith("__")]
    yield Finding("your work", ", ".join(own) or "none yet: every file is as it came")
    missing = [relative(f) for f in stubs.generated() if not f.is_file()]
    remedy = "Bring them back: nox -s stubs" if missing else ""
    yield Finding("files", ", ".join(missing) or "all there", remedy)


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(ROOT).free / 2**30
    needed = f"Free some space: checkpoints and corpora need about {FREE_GIB} GiB."
    yield Finding("disk", f"{free:.0f} GiB free", "" if free >= FREE_GIB else needed)
    for folder in (ROOT, ROOT / ".kata"):
        yield Finding("writing", *_writable(folder))


def _writable(folder: Path) -> tuple[str, str]:
    name = relative(folder) if folder != ROOT else "the repository"
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return f"{name} can be written to", ""
    except OSError as error:
        remedy = "As long as it cannot be written to, no box is ticked and no progress is kept."
        return f"{name}: {error.strerror}", remedy
