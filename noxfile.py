"""Everything you can run. The first run makes .venv and installs PyTorch into it, once."""

import contextlib
import hashlib
import logging
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nox

if sys.version_info < (3, 11):  # noqa: UP036, nox may run on an older Python than the kata
    sys.exit("Transformer Kata needs Python 3.11 or newer: pipx run --python 3.11 nox")

import tomllib

nox.options.default_venv_backend = "none"  # all sessions share .venv; nox itself cannot share
nox.options.sessions = ["next"]
logging.getLogger("nox").setLevel(logging.WARNING)  # what the kata itself prints is enough

ROOT = Path(__file__).parent
VENV = Path(os.environ.get("KATA_VENV", ROOT / ".venv"))  # a container brings its own
VENV_OF_ORACLES = VENV.with_name(f"{VENV.name}-oracles")  # for authors
INTERPRETER = "Scripts/python.exe" if os.name == "nt" else "bin/python"
PYTHON = VENV / INTERPRETER
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
OPTIONAL = ("gpt2", "page", "reviews", "smollm2", "tensorboard", "wandb")  # a run's options
ALONE = {"smollm2": "smollm2-file"}  # a group's other group, of packages without what they need
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # a worker each core: more threads would only wait
MILESTONES = tomllib.loads((ROOT / "milestones/curriculum.toml").read_text("utf-8"))["milestone"]


def install(*groups: str, alone: bool = False, venv: Path = VENV) -> None:
    """Bring .venv up to date. The stamp is written last, so an interrupted install is redone.

    alone: without the packages that those of the groups depend on. venv: another in its place.
    """
    wanted = PROJECT["project"]["dependencies"]
    if groups:
        install(venv=venv)
        wanted = nox.project.dependency_groups(PROJECT, *groups)
    digest = hashlib.sha256("\n".join([str(venv), sys.version, *wanted]).encode()).hexdigest()
    stamp = venv / "-".join(["stamp", *groups])
    with contextlib.suppress(OSError):  # there is none yet
        if stamp.read_bytes() == digest.encode():
            return
    if groups:
        print(f"Installing {', '.join(wanted)} into {venv.name}.")
    else:
        large = "PyTorch is large: the first time this takes some minutes."
        print(f"Installing into {venv.name}. {large}")
    make_environment(venv)
    no_deps = ["--no-deps"] if alone else []
    subprocess.run([venv / INTERPRETER, "-m", "pip", "install", *no_deps, *wanted], check=True)
    with contextlib.suppress(OSError):  # the next run installs again, which does no harm
        stamp.write_text(digest)


def make_environment(venv: Path = VENV) -> None:
    config = venv / "pyvenv.cfg"
    try:
        other = f"version = {platform.python_version()}".encode() not in config.read_bytes()
    except OSError:  # there is none yet
        other = False
    clear = ["--clear"] if other else []  # another Python's packages would not load
    made = subprocess.run([sys.executable, "-m", "venv", *clear, venv], capture_output=True)
    if made.returncode:  # the Python of Colab, and of Debian, has no ensurepip; nox has virtualenv
        subprocess.run([sys.executable, "-m", "virtualenv", "--quiet", "--clear", venv], check=True)


# `nox -l` keeps the order of this file: learners first, then instructors, then authors.
VERBS = {
    "next": "Show where you stand and what to do (-- m03, or --borrow, lends what is missing).",
    **{
        m["id"]: f"{m['title']}: run its tests (-- {m['exercises'][0]}, --borrow, --raw)."
        for m in MILESTONES
    },
    "watch": "Judge an exercise at every save, and go on when it is green (-- m03, -- relu).",
    "hint": "Show the next hint for the exercise at hand (-- softmax, -- softmax 3).",
    "run": "Run what you built on real data (-- m01; -- m01 --help shows its options).",
    "progress": "Judge every milestone, and rewrite the boxes of CHECKLIST.md.",
    "trace": "Show who sees whom in what you built, beside who should (-- m02).",
    "bisect": "Find the earlier milestone that makes a later one red (-- m02).",
    "reset": "Put a milestone or an exercise back to its stubs, and keep a copy (-- softmax).",
    "undo": "Bring back what the last reset replaced; once more, what the one before it did.",
    "reveal": "Show the reference solution of an exercise beside your own (-- softmax).",
    "plan": "Spread the exercises over weeks in PLAN.md (-- --weeks 8; --gh prints issues).",
    "doctor": "Check Python, packages, devices and files, and say what to do.",
    "badges": "Judge every milestone, and draw the badges (-- badges).",
    "grade": "Instructors: judge many submissions, and write tables of the results (-- DIR ...).",
    "export": "Instructors: write the learner's edition (-- ../edition, --tracks core).",
}
AUTHORS = {
    "stubs": "Authors: write the stubs anew from the solutions (-- --check only compares).",
    "bugs": "Authors: show which test notices which seeded bug (-- m01).",
}


def install_what_is_asked_for(options: list[str]) -> None:
    words = {word for option in options for word in option.removeprefix("--").split("=")}
    for group in words.intersection(OPTIONAL):
        with contextlib.suppress(subprocess.CalledProcessError):  # the run says what is missing
            install(group)
            if group in ALONE:
                install(ALONE[group], alone=True)


def add_verb(name: str, purpose: str) -> None:
    def verb(session: nox.Session) -> None:
        install()
        install_what_is_asked_for(session.posargs)
        if session.posargs in (["-h"], ["--help"]):
            print(purpose, flush=True)
        if code := subprocess.call([PYTHON, "-m", "kata", name, *session.posargs], cwd=ROOT):
            sys.exit(code)  # without a word from nox

    verb.__doc__ = purpose
    nox.session(name=name)(verb)


for name, purpose in VERBS.items():
    add_verb(name, purpose)


@nox.session
def selftest(session: nox.Session) -> None:
    """Instructors: test that this copy of the kata is whole."""
    install()
    session.run(PYTHON, "-m", "pytest", "-q", "tests/edition")


for name, purpose in AUTHORS.items():
    add_verb(name, purpose)


def authors(session: Callable[[nox.Session], None]) -> Callable[[nox.Session], None]:
    """A session that a learner's edition has no use for."""
    return nox.session(session) if (ROOT / "tests/kata").is_dir() else session


@authors
def figures(session: nox.Session) -> None:
    """Authors: draw the figures of the lessons anew from the reference code."""
    install()
    reference = {"PYTHONPATH": str(ROOT), "KATA_TREE": "solutions"}
    session.run(PYTHON, ROOT / "docs/figures.py", env=reference)


@authors
def new(session: nox.Session) -> None:
    """Authors: write the files of a new milestone, red and with its proofs (-- m20 name)."""
    install()
    session.run(PYTHON, "-m", "tests.kata.new", *session.posargs)


@authors
def lint(session: nox.Session) -> None:
    """Authors: check style and types of the repository's own code."""
    install("verify")
    for group in ALONE.values():
        install(group, alone=True)
    session.run(PYTHON, "-m", "ruff", "check")
    session.run(PYTHON, "-m", "ruff", "format", "--check")
    session.run(PYTHON, "-m", "ty", "check")


@authors
def oracles(session: nox.Session) -> None:
    """Authors: compare looking inside with TransformerLens, in an environment of its own."""
    install("lens", venv=VENV_OF_ORACLES)
    python = VENV_OF_ORACLES / INTERPRETER
    session.run(python, "-m", "pytest", "-q", "-W", "error", "tests/oracles", env=ONE_THREAD)


@authors
def verify(session: nox.Session) -> None:
    """Authors: test the kata itself, lint included (-- m03 proves that one; -- --changed)."""
    lint(session)
    asked = [word for word in session.posargs if not word.startswith("-")]
    if not asked or any((ROOT / f"tests/oracles/test_lens_{word}.py").exists() for word in asked):
        oracles(session)
    session.run(PYTHON, "-m", "tests.kata.verify", *session.posargs, env=ONE_THREAD)


@authors
def mutants(session: nox.Session) -> None:
    """Authors: change the solutions in small ways, which the tests must notice (-- m03)."""
    install("mutants")
    session.run(PYTHON, "-m", "tests.kata.mutants", *session.posargs)
