"""A run takes no more threads than cores are free.

pytest tests/kata/test_cores.py
"""

import os
import subprocess

import pytest

from kata import __main__
from kata.runs import cores
from kata.testing import board


@pytest.fixture
def machine(monkeypatch):
    """A computer with so many cores, on which so many programs have been at work."""

    def made(number, load):
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
        monkeypatch.setattr(os, "cpu_count", lambda: number)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0), raising=False)

    return made


@pytest.mark.parametrize(
    ("number", "load", "threads"),
    [(2, 0.9, None), (2, 1.1, 1), (2, 7.0, 1), (8, 3.5, None), (8, 5.2, 3), (1, 4.0, None)],
)
def test_a_run_has_a_thread_for_each_free_core_where_half_of_them_are_busy(
    machine, number, load, threads
):
    machine(number, load)
    assert cores.free() == threads


def test_what_the_learner_has_chosen_stands(machine, monkeypatch):
    machine(2, 7.0)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert cores.free() is None


def test_a_system_that_tells_no_load_leaves_it_to_pytorch(machine, monkeypatch):
    machine(2, 7.0)
    monkeypatch.delattr(os, "getloadavg")
    assert cores.free() is None


def test_a_run_on_a_busy_machine_says_how_many_threads_it_uses(machine, monkeypatch, capsys):
    machine(2, 7.0)
    settings = []
    monkeypatch.setattr(subprocess, "call", lambda _, env: settings.append(env) or 0)
    assert __main__.run_code(board.make_console(), ["m01"]) == 0
    assert settings[0]["OMP_NUM_THREADS"] == "1"
    assert "so this run uses 1 thread." in capsys.readouterr().out
