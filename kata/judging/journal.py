"""What `grade` knows already, so that it goes on where it was stopped."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from kata.judging.decision import Result


class Journal:
    """Verdicts by what they rest on, a line each, so that a stop at any moment costs none.

    seconds: what each took. problem: why a verdict could not be written; it is known all the same.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.known: dict[str, Result] = {}
        self.seconds: dict[str, float] = {}
        self.problem = ""
        for key, result, seconds in _entries(file):
            self.known[key], self.seconds[key] = result, seconds
        self._file = open(file, "ab", buffering=0)  # noqa: SIM115, open as long as the journal is
        self._lock = threading.Lock()

    def add(self, key: str, result: Result, seconds: float = 0) -> None:
        entry = {"key": key, "seconds": round(seconds, 1), "result": asdict(result)}
        with self._lock:
            self.known[key], self.seconds[key] = result, seconds
            try:
                # A line that was cut off, by a kill or a full disk, stays alone.
                self._file.write(b"\n" + json.dumps(entry).encode())
                os.fsync(self._file.fileno())
            except OSError as error:
                self.problem = error.strerror or str(error)

    def close(self) -> None:
        self._file.close()


def _entries(file: Path) -> Iterator[tuple[str, Result, float]]:
    lines = file.read_bytes().splitlines() if file.exists() else []
    for line in lines:
        try:
            entry = json.loads(line)
            result = Result(**entry["result"])
            if result.is_whole():
                yield str(entry["key"]), result, float(entry.get("seconds", 0))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            continue  # cut off, or nothing of the journal's: it is judged again
