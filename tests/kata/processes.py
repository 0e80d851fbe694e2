"""Runs Python in a process of its own, as `python -m ...` or `python -c ...` would.

Most of such a process's time goes into the import of PyTorch. So on Linux a server, started once
for the whole test run, imports it and other packages, nothing of the kata's, and forks for each
request. Elsewhere, and where that would not do (`fresh`), Python is started as always.
"""

import atexit
import gc
import importlib
import io
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import types
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

SERVER = "KATA_TESTS_FORK_SERVER"  # the path of its socket
FORKS_OWN = ("PYTHONPATH", "PYTHONIOENCODING")
WORKER = Path(__file__).parents[2] / "kata/judging/worker.py"  # it, too, forks what has PyTorch
# What the runs of milestones import on top: optimizers need the first, charts the second.
IMPORTED = ("torch._dynamo", "matplotlib.backends.backend_svg", "matplotlib.figure")


def start_server() -> subprocess.Popen[bytes]:
    """It ends when its standard input is closed: with this process at the latest."""
    folder = tempfile.mkdtemp(prefix="kata-tests-")
    kept = {name: value for name, value in os.environ.items() if name not in FORKS_OWN}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/socket")
        listener.listen(64)
        server = subprocess.Popen(
            [sys.executable, __file__, str(listener.fileno())],
            pass_fds=[listener.fileno()],
            env={**kept, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,  # nothing comes: a fork's is a pipe, too
        )
    os.environ[SERVER] = f"{folder}/socket"
    return server


def stop_server(server: subprocess.Popen[bytes]) -> None:
    del os.environ[SERVER]
    server.communicate()


def python(
    *arguments: str, cwd: Path, env: dict[str, str], fresh: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run Python on these arguments to its end, without a terminal.

    fresh: needs options before -m or -c, a sitecustomize, its own hash seed, or to import PyTorch.
    """
    if fresh or SERVER not in os.environ:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
        )
    read, write = os.pipe()
    with (
        open(read, encoding="utf-8") as output,
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        open(os.devnull) as nothing,
        socket.socket(socket.AF_UNIX) as server,
    ):
        with open(write, "w"):
            server.connect(os.environ[SERVER])
            standard = [nothing.fileno(), write, errors.fileno()]
            socket.send_fds(server, [b" "], standard)
        request = {"arguments": arguments, "cwd": str(cwd), "env": env}
        server.sendall(json.dumps(request).encode() + b"\n")
        printed = output.read()
        code = int(server.makefile().read())
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, code, printed, errors.read())


# The server


def serve(listener: socket.socket) -> dict[str, Any]:
    """Fork for each request. Only a fork returns: with its request."""
    inherited = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: the test run ends, and this
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait
    folder = Path(listener.getsockname()).parent
    while listener in select.select([sys.stdin, listener], [], [])[0]:
        client, _ = listener.accept()
        if "torch" not in sys.modules:
            warm_up()
        if os.fork() == 0:
            listener.close()
            return accept(client) | {"interrupt": inherited}
        client.close()
    shutil.rmtree(folder)
    os._exit(0)


def warm_up() -> None:
    """Import what the requests have in common, and nothing of the kata's."""
    gc.disable()
    import pytest

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        pytest.main(["-qq", f"--rootdir={folder}", folder])  # first: it rewrites what it imports
    for name in IMPORTED:
        importlib.import_module(name)
    runpy.run_path(str(WORKER))["warm_up"]("-qq", "-p", "no:cacheprovider")
    gc.enable()


def accept(client: socket.socket) -> dict[str, Any]:
    """Read the request, and fork once more: who waits here tells the client how that one ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, descriptors, *_ = socket.recv_fds(client, 1, 3)
    with client.makefile() as lines:
        request = json.loads(lines.readline())
    if process := os.fork():
        wait(process, client)
    client.close()
    for standard, descriptor in enumerate(descriptors):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    return request


def wait(process: int, client: socket.socket) -> NoReturn:
    if client in select.select([os.pidfd_open(process), client], [], [])[0]:
        os.kill(process, signal.SIGKILL)  # nobody is there any more to hear of it
    else:
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        client.sendall(str(code).encode())
    os._exit(0)


def become(arguments: list[str], cwd: str, env: dict[str, str], interrupt: Any) -> None:
    """Do what `python` with these arguments does once it has started."""
    signal.signal(signal.SIGINT, interrupt)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    tempfile.tempdir = None  # it is looked up anew
    sys.modules["torch"].seed()  # without a seed no two processes draw the same
    sys.modules["numpy"].random.seed()
    if "PYTHONIOENCODING" in env:
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            errors = "backslashreplace" if stream is sys.stderr else "strict"
            stream.reconfigure(encoding=env["PYTHONIOENCODING"], errors=errors)
    option, program, *rest = arguments
    folders = [folder for folder in env.get("PYTHONPATH", "").split(os.pathsep) if folder]
    sys.path[0:1] = [cwd if option == "-m" else "", *folders]
    sys.argv = [option, *rest]
    try:
        if option == "-m":
            runpy.run_module(program, run_name="__main__", alter_sys=True)
        else:
            main = sys.modules["__main__"] = types.ModuleType("__main__")
            exec(compile(program, "<string>", "exec"), vars(main))
        ended_with.append(0)
    except SystemExit as error:
        plain = error.code is None or isinstance(error.code, int)
        ended_with.append(error.code or 0 if plain else 1)
        raise
    except Exception:
        ended_with.append(1)
        raise


ended_with: list[int] = []  # the exit code, as soon as it is known


def leave() -> None:
    """What a fork does last: Python would take PyTorch apart now, longer than most of them ran."""
    for code in ended_with:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    atexit.register(leave)  # the first is the last to be called
    become(**serve(socket.socket(fileno=int(sys.argv[1]))))
