"""Runs tests on copies of submissions for kata/judging/judge.py, each in a process of its own.

Started as `python -I -B worker.py [module ...]`: nothing in the current folder or the environment
is imported. This process imports PyTorch, pytest and those modules once, and never a learner's
file. A line is a request, and is answered by one: what the run sent and how it ended, or why not.
"""

import ctypes
import gc
import hmac
import importlib
import io
import json
import multiprocessing
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import redirect_stdout, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

# macOS: Apple's libraries do not survive a fork. There, and on Windows, each run starts anew.
CAN_FORK = sys.platform == "linux"
PROCESSES = multiprocessing.get_context("fork" if CAN_FORK else "spawn")
WORKED = 0.9  # of the time by the clock: a run that computed so much did all the while
LONGEST = 16 << 20  # bytes of a run's answer
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def main() -> None:
    """Answer requests until there are none. What anything prints goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _silence()
    if CAN_FORK:
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGCONT, 0, 0, 0)  # who was stopped ends, too
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # orphans come to us
        list(map(importlib.import_module, sys.argv[1:]))
        warm_up("-qq", "-p", "no:cacheprovider")
    for request in map(json.loads, requests):
        answer = {"id": request.pop("id"), **supervise(request)}  # an id the run does not know
        try:
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()
        except BrokenPipeError:  # the judge was killed, and cannot clean up
            shutil.rmtree(request["root"], ignore_errors=True)  # or it is swept later
            os._exit(1)


def supervise(request: dict[str, Any]) -> dict[str, Any]:
    """Run it, and end it with all that it started: `sent` and `exit`, or the `problem`."""
    nonce = secrets.token_hex(16)
    receive, send = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=run, args=(send, nonce, request))
    process.start()
    send.close()
    seconds, began = request["seconds"], time.monotonic()
    computed: list[float | None] = []

    def give_up() -> None:
        computed.append(processor_seconds(process.pid))
        stop(process)

    alarm = threading.Timer(seconds, give_up)
    alarm.daemon = True
    alarm.start()
    sent: list[bytes | None] = []
    while process.exitcode is None and None not in sent and len(sent) < 2:
        if receive.poll(0.05):
            sent.append(_received(receive))
    process.join()
    alarm.cancel()
    alarm.join()  # the next fork must find this process alone
    stop(process)  # what holds the other end of the pipe ends, too
    while len(sent) < 2:
        sent.append(_received(receive))
    receive.close()
    code = process.exitcode
    process.close()
    if time.monotonic() - began > seconds:
        return {"problem": unended(seconds, *computed)}
    first, second = sent
    if first is None:
        return _ended(code, seconds)
    with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
        found = json.loads(first)
        if second is None and hmac.compare_digest(found.pop("nonce"), nonce):
            return {"sent": found, "exit": code}
    return {"problem": "wrote where only the judge writes, and was refused"}


def stop(process: Any) -> None:
    """End the run, its group, and on Linux what fled from the group."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    while orphans := [pid for pid in _children() if pid != process.pid]:
        for pid in orphans:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _children() -> list[int]:
    found = []
    for folder in os.listdir("/proc") if CAN_FORK else ():
        with suppress(OSError, ValueError, IndexError):
            fields = Path("/proc", str(int(folder)), "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                found.append(int(folder))
    return found


def _received(connection: Connection) -> bytes | None:
    """One message; None where the other end is closed or sends what is none."""
    try:
        return connection.recv_bytes(LONGEST)
    except (EOFError, OSError):
        return None


def unended(seconds: float, computed: float | None = None) -> str:
    """What is known of a run that was stopped after that time by the clock, and said of it.

    computed: seconds of processor time; None where nothing tells.
    """
    said = f"did not end within {seconds:g} s, and was stopped"
    if computed is None:
        return said
    loop = " (an endless loop?)" if computed >= WORKED * seconds else ""
    return f"{said}; it computed for {computed:.1f} s of them{loop}"


def processor_seconds(pid: int | None) -> float | None:
    """What that process, which still runs, has had of the processor; None where nothing tells."""
    if CAN_FORK and pid:
        with suppress(OSError):
            return time.clock_gettime(~pid << 3 | 2)  # as clock_getcpuclockid names the clock
    return None


def _ended(code: int | None, seconds: float) -> dict[str, Any]:
    """A run that sent nothing; what killed it may be a system that is out of memory."""
    said = f"ended before its verdict, with exit code {code} (does it call exit?)"
    if code and code == -getattr(signal, "SIGXCPU", 0):
        said = f"took {seconds:g} s of processor time, and was stopped (an endless loop?)"
    elif code is not None and code < 0:
        said = f"crashed: {signal.strsignal(-code)}"
    return {"problem": said, "again": code == -getattr(signal, "SIGKILL", 0)}


def warm_up(*options: str) -> None:
    """Do what every run would do first. options: of pytest, for a test that tests nothing."""
    import torch

    torch.set_num_threads(1)  # the fork of a process that has run two threads hangs
    import beartype
    import jaxtyping
    import pytest

    for name in ("hypothesis", "rich.columns", "rich.status", "packaging.version"):
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        Path(folder, "test_nothing.py").write_text(
            "from hypothesis import given, strategies\n\n\n"
            "@given(strategies.integers())\ndef test_nothing(number):\n    pass\n"
        )
        # importlib: the folder must not stay in sys.path, where anyone could make it again.
        pytest.main([*options, "--import-mode=importlib", f"--rootdir={folder}", folder])

    @jaxtyping.jaxtyped(typechecker=beartype.beartype)
    def same(x: jaxtyping.Float[torch.Tensor, " seq"]) -> jaxtyping.Float[torch.Tensor, " seq"]:
        return x

    same(torch.zeros(1))  # beartype's own imports take a quarter of a second
    gc.collect()
    gc.freeze()  # else the end of each run looks through all of this


def run(answer: Connection, nonce: str, request: dict[str, Any]) -> NoReturn:
    """In the process of a run: run the tests, send what came of them, and end at once."""
    process = os.getpid()
    _seal(answer.fileno(), request)
    sys.path.insert(0, request["root"])
    from kata.judging import judged  # the copy's own

    code, found = judged.collect(request) if request["only_collect"] else judged.judge(request)
    if os.getpid() != process:
        os._exit(1)  # a copy that the learner's code made
    answer.send_bytes(json.dumps({"nonce": nonce, "exit": code, **found}).encode())
    os._exit(code)


def _seal(answer: int, request: dict[str, Any]) -> None:
    """No way out but the answer's: no terminal, no other descriptor, a home of its own, limits."""
    _silence()
    os.dup2(1, 2)  # from here on only the learner's code would speak
    if hasattr(os, "setsid"):
        os.setsid()  # what the learner's code starts ends with it
    if CAN_FORK:
        os.closerange(3, answer)
        os.closerange(answer + 1, 1 << 16)
    home = os.path.join(request["root"], "home")
    os.makedirs(home, exist_ok=True)
    os.environ.update({"HOME": home, "USERPROFILE": home, "TMPDIR": home, "TEMP": home})
    tempfile.tempdir = None  # it is looked up anew
    os.chdir(request["root"])
    with suppress(ImportError):  # Windows has no such limits
        import resource

        def limit(what: int, most: int) -> None:
            with suppress(ValueError, OSError):  # not on this system, or already lower
                resource.setrlimit(what, (most, most))

        limit(resource.RLIMIT_CORE, 0)
        limit(resource.RLIMIT_CPU, int(request["seconds"]) + 1)
        limit(resource.RLIMIT_FSIZE, request["file_bytes"])
        if CAN_FORK:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit(resource.RLIMIT_AS, pages * resource.getpagesize() + request["memory_bytes"])
            limit(resource.RLIMIT_NPROC, _tasks() + request["processes"])


def _tasks() -> int:
    """How many threads this user has: the limit counts all of them."""
    count = 0
    for folder in os.listdir("/proc"):
        with suppress(OSError):
            if folder.isdecimal() and os.stat(f"/proc/{folder}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{folder}/task"))
    return count


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    os.close(nowhere)


if __name__ == "__main__":
    main()
