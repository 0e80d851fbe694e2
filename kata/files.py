"""Files are replaced whole or not at all, and temporary folders do not stay for ever."""

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

WEEK = 7 * 24 * 60 * 60  # seconds
OURS = re.compile(r"kata-(bugs|run|judge)-[a-z0-9_]{8}")  # as tempfile names them


def write_atomically(path: Path, text: str) -> None:
    """Replace the file's content; a crash or a full disk leaves the old content."""
    path.parent.mkdir(parents=True, exist_ok=True)
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


def sweep() -> None:
    """Remove the temporary folders that runs which were killed have left: after a week, because
    until then they may be at work."""
    for folder in Path(tempfile.gettempdir()).glob("kata-*"):
        with suppress(OSError):  # it is somebody else's, or another run sweeps, too
            if OURS.fullmatch(folder.name) and folder.lstat().st_mtime < time.time() - WEEK:
                shutil.rmtree(folder, ignore_errors=True)
