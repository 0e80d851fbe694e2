"""Folders are removed however deep they are, and temporary ones do not stay for ever."""

import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

WEEK = 7 * 24 * 60 * 60  # seconds
OURS = re.compile(r"kata-(bugs|run|judge)-[a-z0-9_]{8}")  # as tempfile names them


def sweep() -> None:
    """Remove the temporary folders that runs which were killed have left: after a week, because
    until then they may be at work."""
    for folder in Path(tempfile.gettempdir()).glob("kata-*"):
        with suppress(OSError):  # it is somebody else's, or another run sweeps, too
            if OURS.fullmatch(folder.name) and folder.lstat().st_mtime < time.time() - WEEK:
                remove_tree(folder)


def remove_tree(root: Path) -> None:
    """Remove a folder and what is in it, however deep, as far as it can be removed.

    Folders within folders are first moved up into the root: so neither the stack nor a path's
    length is the limit.
    """
    moved = True
    while moved:
        moved = False
        for entry in _entries(root):
            if not entry.is_dir(follow_symlinks=False):
                _try(os.unlink, entry.path)
                continue
            for inner in _entries(entry.path):
                if not inner.is_dir(follow_symlinks=False):
                    _try(os.unlink, inner.path)
                else:
                    _try(os.chmod, inner.path, 0o700)
                    moved |= _try(os.rename, inner.path, root / uuid.uuid4().hex)
            _try(os.rmdir, entry.path)
    _try(os.rmdir, root)


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    _try(os.chmod, folder, 0o700)  # nobody may have been allowed to look into it
    with suppress(OSError), os.scandir(folder) as found:
        return list(found)
    return []


def _try(change: Callable[..., None], *arguments: Any) -> bool:
    with suppress(OSError):
        change(*arguments)
        return True
    return False
