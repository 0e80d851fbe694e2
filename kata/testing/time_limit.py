"""An end for code that may have none.

A loop without an end is known by the processor time that it takes: by the clock, a busy computer
makes one of everything. What waits takes no processor time, and ends by the clock.
"""

import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

WORKED = 0.9  # of the limit, in processor time: it computed all the while
WAITED = 0.05  # of the time by the clock: what computed less waits for something
PATIENCE = 6  # times the limit, by the clock: so long has what computes and gets little of it


class TimeIsUp(BaseException):
    """Not an Exception: the code that is stopped must not catch it.

    seconds: the limit. waited, computed: how long it took by the clock, and of the processor.
    """

    def __init__(self, seconds: float, waited: float, computed: float) -> None:
        super().__init__()
        self.seconds, self.waited, self.computed = seconds, waited, computed

    def __str__(self) -> str:
        """What is known, to follow the name of what did not end."""
        if self.computed >= WORKED * self.seconds:
            return (
                f"did not finish in {self.seconds:g} s of processor time: is there an endless loop?"
            )
        return (
            f"did not finish in {self.waited:.0f} s, of which it computed for {self.computed:.1f} "
            "s. Take out what waits, such as sleep or input. If nothing does, this computer is "
            "busy: run it again."
        )


@contextmanager
def time_limit(seconds: float) -> Generator[None]:
    """Raise TimeIsUp in the block after that time; an alarm that was set before still rings.

    seconds: of the processor, and at least by the clock. Without effect where the system has no
    alarms, and outside of the main thread.
    """
    call_off = start(seconds) if possible() else lambda: None
    try:
        yield
    finally:
        call_off()


def possible() -> bool:
    """Whether there are alarms here."""
    main = threading.current_thread() is threading.main_thread()
    return main and hasattr(signal, "setitimer")


def start(seconds: float, unless: Callable[[], bool] = lambda: False) -> Callable[[], None]:
    """The same from now on, until what it returns is called. unless: asked before it ends."""
    began, used = time.monotonic(), time.process_time()

    def ring(*_: object) -> None:
        waited, computed = time.monotonic() - began, time.process_time() - used
        late = waited >= PATIENCE * seconds or computed < WAITED * waited
        if unless():
            return
        if late or computed >= WORKED * seconds:
            raise TimeIsUp(seconds, waited, computed)
        # What it still may compute, but neither in many small steps nor beyond all patience.
        more = max(seconds - computed, seconds / 10)
        signal.setitimer(signal.ITIMER_REAL, min(more, PATIENCE * seconds - waited))

    before = signal.signal(signal.SIGALRM, ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)

    def call_off() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            rest = left - (time.monotonic() - began)
            signal.setitimer(signal.ITIMER_REAL, max(rest, 0.001))

    return call_off
