"""Files are replaced whole or not at all."""

import atexit
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

WEEK = 7 * 24 * 60 * 60  # seconds


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


def scratch(prefix: str) -> Path:
    """A new temporary folder, gone at exit; what the kata's runs that died left goes after a week.

    prefix: begins with `kata-`.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for other in folder.parent.glob("kata-*"):
        with suppress(OSError):  # another run sweeps, too
            if other.stat().st_mtime < time.time() - WEEK:
                shutil.rmtree(other, ignore_errors=True)
    return folder
