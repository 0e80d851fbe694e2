"""The run that `watch` waits for, and the one that stands ready for the next save."""

import queue
import threading
from typing import Any

from kata.learner.warm import Request, Run


class Bench:
    """events: where the results of the run under way arrive, as ("judged", (run, result))."""

    def __init__(self, events: queue.Queue[tuple[str, Any]]) -> None:
        self.events = events
        self.run: Run | None = None
        self.next: Run | None = None

    def begin(self, request: Request) -> None:
        """Start a run; the one that stands ready if it is the same, and the one under way ends."""
        self.drop()
        if self.next and self.next.request == request:
            run, self.next = self.next, None
        else:
            run = Run(request)
        self.run = run
        run.begin()

        def wait() -> None:
            for result in run.results():
                self.events.put(("judged", (run, result)))

        threading.Thread(target=wait, daemon=True).start()

    def stand_ready(self, request: Request) -> None:
        """Have a run set up: half of its time is over then."""
        if self.next and self.next.request != request:
            self.next.end()
            self.next = None
        self.next = self.next or Run(request)

    def over(self) -> None:
        """The run under way has come to its end."""
        self.run = None

    def drop(self) -> None:
        if self.run:
            self.run.stop()
            self.over()

    def end(self) -> None:
        self.drop()
        if self.next:
            self.next.end()
