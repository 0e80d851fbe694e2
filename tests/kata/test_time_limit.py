"""A replay ends, whatever two bugs make together.

pytest tests/kata/test_time_limit.py
"""

import contextlib
import os
import signal
import time

import pytest

from kata.course.curriculum import milestone
from kata.diagnosis import replay
from kata.diagnosis.matrix import collect
from kata.testing.time_limit import TimeIsUp, time_limit

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no alarms")


def test_code_that_catches_every_exception_is_stopped() -> None:
    def endless() -> None:
        while True:
            with contextlib.suppress(Exception):
                time.sleep(1)

    with pytest.raises(TimeIsUp), time_limit(0.05):
        endless()


def loop() -> None:
    while True:
        pass


def clock_at(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this process had that share of the processor, and others the rest."""
    monkeypatch.setattr(time, "process_time", lambda: share * time.monotonic())


def test_a_loop_is_told_by_the_processor_time_it_took(monkeypatch) -> None:
    clock_at(1, monkeypatch)
    with pytest.raises(TimeIsUp) as caught, time_limit(0.3):
        loop()
    assert str(caught.value) == (
        "did not finish in 0.3 s of processor time: is there an endless loop?"
    )


def test_what_waits_ends_by_the_clock_and_is_no_loop() -> None:
    began = time.monotonic()
    with pytest.raises(TimeIsUp) as caught, time_limit(0.3):
        time.sleep(60)
    assert time.monotonic() - began < 30
    assert "of which it computed for 0.0 s. Take out what waits" in str(caught.value)
    assert "loop" not in str(caught.value)


def test_on_a_busy_computer_right_code_has_its_processor_time(monkeypatch) -> None:
    clock_at(0.4, monkeypatch)
    began = time.process_time()
    with time_limit(0.5):
        while time.process_time() - began < 0.4:  # a second by an idle clock
            pass


def test_on_a_busy_computer_a_loop_ends_too(monkeypatch) -> None:
    clock_at(0.4, monkeypatch)
    with pytest.raises(TimeIsUp, match="endless loop"), time_limit(0.1):
        loop()


def test_patience_ends_where_nearly_nothing_can_be_computed(monkeypatch) -> None:
    clock_at(0.1, monkeypatch)
    with pytest.raises(TimeIsUp, match="this computer is busy"), time_limit(0.2):
        loop()


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
