"""Nothing costs a learner their state: neither runs beside each other, nor what a file may hold.

pytest tests/kata/test_state.py
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kata import checklist, files, greens, hints, plan, progress, state
from kata.curriculum import ROOT, milestone, milestones
from kata.errors import KataError
from tests.kata.learner import python
from tests.kata.odd import KINDS, OF_PROGRESS, put
from tests.kata.terminal import clone_into

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="links, pipes and modes are Unix's"),
]
JSON = (".kata/progress.json", ".kata/hints.json")
IN_PLACE = ("a folder", "a dead link", "a link to itself", "a pipe", "unreadable")
PLACES = [
    *((file, kind) for file in JSON for kind in KINDS),
    *((".kata/progress.json", kind) for kind in OF_PROGRESS),
    *((file, kind) for file in ("CHECKLIST.md", "PLAN.md") for kind in (*IN_PLACE, "not UTF-8")),
    *((file, kind) for file in (".kata", ".kata/lock") for kind in IN_PLACE),
    *((file, kind) for file in (".kata/backups", ".kata/green") for kind in ("empty", *IN_PLACE)),
    *((".kata/backups/2026-01-01-000000-000", kind) for kind in ("empty", *IN_PLACE)),
    (".kata/backups/undone", "empty"),
    (".kata/green/m01_mlp", "empty"),
    (".kata/green/m01_mlp/layers.py", "a folder"),
    ("milestones/m01_mlp/hints.md", "empty"),
    ("milestones/m01_mlp/hints.md", "not UTF-8"),
    *(("milestones/m01_mlp/sub.py", kind) for kind in (*IN_PLACE, "null bytes", "deep lists")),
]
FINE = ("2 MB", "read-only")  # not spoilt as JSON, or not to be put aside


def spoilt(file: str, kind: str) -> bool:
    return file in JSON and kind != "read-only"


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """What each of the verbs made of each odd thing, in one process that obeys modes."""
    clone = clone_into(tmp_path_factory.mktemp("odd"))
    rights = "--bounding-set=-dac_override,-dac_read_search"  # root reads what nobody may
    drop = ["setpriv", rights] if os.geteuid() == 0 and shutil.which("setpriv") else []
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KATA_", "PYTEST_"))}
    ended = subprocess.run(
        [*drop, sys.executable, "-m", "tests.kata.odd", json.dumps(PLACES)],
        cwd=clone,
        env={**kept, "PYTHONPATH": str(clone), "COLUMNS": "300", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )
    assert ended.returncode == 0, ended.stderr
    return dict(zip(PLACES, json.loads(ended.stdout), strict=True))


EACH = pytest.mark.parametrize(("file", "kind"), PLACES, ids=map(": ".join, PLACES))
SPOILT = [place for place in PLACES if spoilt(*place)]
EACH_SPOILT = pytest.mark.parametrize(("file", "kind"), SPOILT, ids=map(": ".join, SPOILT))


@EACH
def test_nothing_odd_ends_a_verb_with_a_traceback(used, file, kind):
    assert used[file, kind]["trace"] == ""
