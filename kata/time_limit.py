"""An end for code that may have none."""

import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager


class TimeIsUp(BaseException):
    """Not an Exception: the code that is stopped must not catch it."""


@contextmanager
def time_limit(seconds: float) -> Generator[None]:
    """Raise TimeIsUp in the block after that time; an alarm that was set before still rings.

    Without effect where the system has no alarms, and outside of the main thread.
    """
    alarms = hasattr(signal, "setitimer")
    if not alarms or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, ring)
    began, (left, _) = time.monotonic(), signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            rest = left - (time.monotonic() - began)
            signal.setitimer(signal.ITIMER_REAL, max(rest, 0.001))
