"""Odd things in the place of files, and what the verbs make of them.

python -m tests.kata.odd, in a clone: reads pairs of place and kind as JSON, prints what came.
"""

import contextlib
import faulthandler
import io
import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path

DEEP = 100_000
SECONDS = 120
VERBS = ("hint", "hint relu", "undo", "plan")
SLOW = ("reveal relu", "reset relu", "stubs", "doctor")
SOUND = {"fingerprint": "0", "states": {"relu": "green"}}


class Late(BaseException):
    """A verb waits for something that does not come."""


def late(*_):
    raise Late


def folder(path):
    path.mkdir()
    (path / "within").touch()


def unreadable(path):
    path.write_text("{}")
    path.chmod(0)


def read_only(path):
    path.parent.chmod(0o555)


KINDS = {
    # no JSON
    "empty": b"",
    "spaces": b" \n",
    "cut off": json.dumps({"m01": SOUND}).encode()[:40],
    "two objects": b"{}{}",
    "prose": b"I was here.",
    "null bytes": b"\0" * 100,
    "not UTF-8": b'{"m01": "caf\xe9"}',
    "UTF-16": '{"m01": 7}'.encode("utf-16"),
    "deep lists": b"[" * DEEP,
    "deep objects": b'{"m01":' * DEEP + b"1" + b"}" * DEEP,
    "a huge number": b'{"m01/relu": ' + b"9" * 5000 + b"}",
    "2 MB": b" " * (2 << 20) + b"{}",
    # another JSON
    "a list": b'["m01"]',
    "a number": b"3",
    "NaN": b"NaN",
    "null": b"null",
    "true": b"true",
    "a string": b'"m01"',
    "a list within": b'{"m01": ["relu"], "m01/relu": [1]}',
    "a string within": b'{"m01": "green", "m01/relu": "1"}',
    "null within": b'{"m01": null, "m01/relu": null}',
    "NaN within": b'{"m01": NaN, "m01/relu": NaN}',
    "true within": b'{"m01": true, "m01/relu": true}',
    "Infinity within": b'{"m01": Infinity, "m01/relu": -Infinity}',
    "an empty object within": b'{"m01": {}, "m01/relu": {}}',
    "a negative number": b'{"m01": -1, "m01/relu": -7}',
    "a number that is too large": b'{"m01": 99, "m01/relu": 99}',
    # in the place of a file
    "a folder": folder,
    "a dead link": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to a folder": lambda path: path.symlink_to("."),
    "a pipe": os.mkfifo if hasattr(os, "mkfifo") else folder,
    "unreadable": unreadable,
    "read-only": read_only,
}
OF_PROGRESS = {
    "states that are a list": {"m01": {"fingerprint": "0", "states": ["relu"]}},
    "states that are objects": {"m01": {"fingerprint": "0", "states": {"relu": {"green": 1}}}},
    "states that do not exist": {"m01": {"fingerprint": "0", "states": {"relu": "blue"}}},
    "states that are numbers": {"m01": {"fingerprint": "0", "states": {"relu": 1}}},
    "states that are missing": {"m01": {"fingerprint": "0"}},
    "a fingerprint that is a list": {"m01": {**SOUND, "fingerprint": []}},
    "one of two is odd": {"m01": SOUND, "m02": 3},
}


def put(path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
    odd = KINDS[kind] if kind in KINDS else json.dumps(OF_PROGRESS[kind]).encode()
    path.write_bytes(odd) if isinstance(odd, bytes) else odd(path)


def use(root: Path, place: str) -> None:
    """Verbs that need neither tests nor a terminal, and what the others do with state."""
    from kata import __main__
    from kata.course import progress
    from kata.course.curriculum import milestone, milestones
    from kata.learner import greens
    from kata.testing import board

    console = board.make_console()
    for verb in VERBS + (SLOW if place.endswith(".py") or place == ".kata" else ()):
        __main__.main(verb.split())
    __main__._keep({"m01": dict.fromkeys(milestone("m01").exercises, "red")}, console)
    progress.red_before(milestones()[-1])
    assert not any(progress.is_finished(m) for m in milestones())
    board.show_milestones(progress.load(), console)
    with contextlib.suppress(OSError):  # watch tells it below the board
        greens.keep(milestone("m01"))
    "".join(greens.diff(milestone("m01")))
    __main__.main(["hint"])


def tried(root: Path, place: str, kind: str) -> dict[str, object]:
    kept = {n: (root / n).read_bytes() for n in ("CHECKLIST.md", place) if (root / n).is_file()}
    put(root / place, kind)
    with contextlib.suppress(ImportError):
        from kata.course import state

        state.put_aside.clear()
    said = io.StringIO()
    found = {"trace": ""}
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        signal.alarm(SECONDS)  # which ends a read of a pipe with an exception
        try:
            use(root, place)
        except BaseException:
            found["trace"] = traceback.format_exc()
        signal.alarm(0)
    for folder in (root, root / ".kata"):
        with contextlib.suppress(OSError):
            folder.chmod(0o755)
    aside = list(root.glob(f"{place}.spoilt-*"))
    regular = [path for path in aside if path.is_file() and os.access(path, os.R_OK)]
    found |= {
        "said": said.getvalue(),
        "aside": [path.relative_to(root).as_posix() for path in aside],
        "bytes": [path.read_bytes().hex() for path in regular if path.stat().st_size < 1 << 16],
    }
    clear(root, place)
    for name, content in kept.items():
        (root / name).write_bytes(content)
    return found


def clear(root: Path, place: str) -> None:
    for name in (".kata", "PLAN.md", place):
        path = root / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


if __name__ == "__main__":
    faulthandler.enable()
    signal.signal(signal.SIGALRM, late)
    results = [tried(Path.cwd(), *one) for one in json.loads(sys.argv[1])]
    print(json.dumps(results))
