"""Files are replaced whole or not at all, and read whatever they hold."""

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kata.errors import KataError
from kata.paths import relative

LARGEST = 1 << 20  # bytes of a JSON file: ours have some thousand


class InTheWay(KataError, OSError):
    """Something else stands where a file or a folder is to be written."""


def write_atomically(path: Path, text: str) -> None:
    """Replace the file's content; a crash or a full disk leaves the old content.

    Raises OSError, of which InTheWay is one.
    """
    refuse_odd([path])
    make_folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, path.stat().st_mode if path.exists() else 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def make_folder(path: Path) -> None:
    """Make it where it is missing. Raises OSError, of which InTheWay is one."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        name = relative(error.filename)
        raise InTheWay(f"{name} is not a folder. Move it elsewhere, and try again.") from None


def read_json(path: Path) -> Any:
    """What the JSON file holds. Raises ValueError that says why there is nothing to be read."""
    if problem := odd(path):
        raise ValueError(problem)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise ValueError("is not there") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise ValueError("is too large")
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON from line {error.lineno} on") from None
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except ValueError:  # Python turns no number of more than 4,300 digits into an int
        raise ValueError("holds a number that is too long") from None


def odd(path: Path) -> str:
    """What stands where a file is expected; empty for a file, and where nothing is."""
    if path.is_dir():
        return "is a folder"
    if path.is_symlink() and not path.exists():
        return "is a link that leads nowhere"
    return "is not a file" if path.exists() and not path.is_file() else ""


def sources(folder: Path) -> list[Path]:
    """The folder's own .py files, in order, without what Python could not import: hidden files
    (Emacs keeps links that lead nowhere beside a file being edited), folders, and dead links."""
    return [f for f in sorted(folder.glob("*.py")) if f.name[0] != "." and f.is_file()]


def refuse_odd(paths: Iterable[Path]) -> None:
    """Raise InTheWay where a file is to be written, and something else stands there."""
    for path in paths:
        if path.exists() and (problem := odd(path)):
            raise InTheWay(f"{relative(path)} {problem}. Move it elsewhere, and try again.")
