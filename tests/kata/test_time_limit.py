"""A replay ends, whatever two bugs make together.

pytest tests/kata/test_time_limit.py
"""

import contextlib
import os
import signal
import time

import pytest

from kata import replay
from kata.curriculum import milestone
from kata.matrix import collect
from kata.time_limit import TimeIsUp, time_limit

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no alarms")


def test_code_that_catches_every_exception_is_stopped() -> None:
    def endless() -> None:
        while True:
            with contextlib.suppress(Exception):
                time.sleep(1)

    with pytest.raises(TimeIsUp), time_limit(0.05):
        endless()


def test_what_ends_in_time_is_left_alone_and_so_is_the_alarm_set_before() -> None:
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    outer, _ = signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with time_limit(10):
            pass
        time.sleep(0.4)
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, outer)
    assert rung == [True]


def test_two_bugs_that_never_end_together_are_a_failure() -> None:
    of = milestone("m07")
    pair = "bug:m07/size-every-error-counts+m07/size-no-limit"
    cases = [c for c in collect(of.test_file("find_batch_size")) if "from_any_start" in c.id]
    (case,) = cases
    began = time.monotonic()
    assert not replay.Replay(pair, imported=replay.earlier(of), seconds=0.5).passes(case)
    assert time.monotonic() - began < 10
