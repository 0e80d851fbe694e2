"""Ctrl-C that waits for the step under way: half a step is no place to go on from."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from milestones.m07_trainer.processes import anywhere


@contextmanager
def stop_requests() -> Generator[Callable[[], bool]]:  # given
    """Yields a function that tells whether Ctrl-C (or a cluster's SIGTERM) has asked to stop.

    Several processes ask each other, so all must call it equally often. A second Ctrl-C stops
    at once.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # only there signals arrive
        yield lambda: False
        return

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: anywhere(bool(asked))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
