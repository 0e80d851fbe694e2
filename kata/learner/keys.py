"""Single keys from the terminal, without Enter."""

import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def heard(tell: Callable[[str], None]) -> Generator[None]:
    """Within the block `tell` is called, in a thread, with each key that is pressed."""
    if os.name == "nt":
        import msvcrt

        _listen(msvcrt.getwch, tell)
        yield
        return
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)  # Ctrl-C still interrupts
        # os.read holds no lock of Python's, which a fork would copy.
        _listen(lambda: os.read(terminal, 1).decode("utf-8", "replace"), tell)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _listen(read: Callable[[], str], tell: Callable[[str], None]) -> None:
    def listen() -> None:
        while key := read():
            tell(key)

    threading.Thread(target=listen, daemon=True).start()
