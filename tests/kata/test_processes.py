"""A fork of the server ends as a Python that was started anew does, and says the same.

pytest tests/kata/test_processes.py
"""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from kata.paths import ROOT
from tests.kata import processes

PROGRAMS = {
    "exit code": "raise SystemExit(7)",
    "a word at the end": "import sys; sys.exit('no')",
    "a signal": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "interrupted": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "an error": "1 / 0",
    "at exit": "import atexit; atexit.register(print, 'bye'); print('hé', end='')",
    "a folder for the time being": "import tempfile; x = tempfile.TemporaryDirectory(dir='.');"
    " print(len(x.name))",
    "a thread to wait for": "import threading, time;"
    " threading.Thread(target=lambda: [time.sleep(0.2), print('done')]).start(); raise ValueError",
    "arguments and path": "import os, sys; print(sys.argv, sys.path, os.getcwd(), __name__)",
    "streams": "import sys; [print(s.encoding, s.errors, s.line_buffering, s.isatty()) for s in"
    " (sys.stdin, sys.stdout, sys.stderr)]; print(sys.stdin.read())",
    "environment": "import os; print(sorted(os.environ.items()))",
    "descriptors": "import os; print(sorted(os.listdir('/proc/self/fd')))",
    "signals": "import signal; print([signal.getsignal(s) for s in (2, 15, 17)])",
    "nothing of the kata's": "import sys; print([m for m in sys.modules if m.startswith('kata')])",
    "a gradient": "import torch; x = torch.ones(2, requires_grad=True); (x * x).sum().backward();"
    " print(x.grad, torch.get_num_threads())",
}

pytestmark = pytest.mark.skipif(processes.SERVER not in os.environ, reason="there is no server")


def environment(**settings: str) -> dict[str, str]:
    plain = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
    return os.environ | plain | settings


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_fork_does_what_a_new_python_does(name, tmp_path):
    def ended(fresh):
        env = environment(PYTHONIOENCODING="ascii" if name == "streams" else "utf-8")
        done = processes.python("-c", PROGRAMS[name], "word", cwd=tmp_path, env=env, fresh=fresh)
        return done.returncode, done.stdout, done.stderr.splitlines()[-1:]  # but for the frames

    assert ended(fresh=False) == ended(fresh=True)
    assert list(tmp_path.iterdir()) == []


def test_a_module_is_run_from_the_current_folder_first(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/__main__.py").write_text("import sys; print(sys.argv, sys.path)")
    both = [
        processes.python("-m", "tests", "a b", cwd=tmp_path, env=environment(), fresh=fresh)
        for fresh in (False, True)
    ]
    assert both[0].stdout == both[1].stdout
    assert both[0].stdout.startswith(f"['{tmp_path}/tests/__main__.py', 'a b'] ['{tmp_path}', ")


def test_without_a_seed_no_two_draw_the_same():
    draw = "import numpy, random, torch; print(random.random(), numpy.random.rand(), torch.rand(1))"
    first, second = (processes.python("-c", draw, cwd=ROOT, env=environment()) for _ in range(2))
    numbers = first.stdout.split() + second.stdout.split()
    assert len(numbers) == len(set(numbers)) == 6


def test_one_that_nobody_waits_for_any_more_is_ended(tmp_path):
    note, pid = "import os, time; os.mkdir(str(os.getpid())); time.sleep(100)", os.getpid()

    def interrupt(*_):
        raise InterruptedError

    def interrupt_once_it_runs():
        while not list(tmp_path.iterdir()):
            time.sleep(0.05)
        os.kill(pid, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    threading.Thread(target=interrupt_once_it_runs).start()
    try:
        with pytest.raises(InterruptedError):
            processes.python("-c", note, cwd=tmp_path, env=environment())
    finally:
        signal.signal(signal.SIGUSR1, before)
    (process,) = tmp_path.iterdir()
    while Path("/proc", process.name).exists():  # until the test's time is up
        time.sleep(0.05)
