"""Mutation testing: mutmut changes the reference in small ways, and learners' tests must notice.

nox -s mutants -- m03. The counts go to mutants.md beside this file, where each survivor needs a
reason why no test can tell it from the reference.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kata import files
from kata.course import reference
from kata.course.curriculum import Milestone, milestone, milestones
from kata.paths import ROOT, relative

PAGE = Path(__file__).with_suffix(".md")
ENDS = ("killed", "timeout", "survived")
UNEXPLAINED = "**Kill it, or say here why no test can.**"
SURVIVOR = re.compile(r"^- (.+?`)(?: \(\d+ times\))?<br>(.+)$", re.M)


def for_mutmut(text: str) -> str:
    """The module with `@d def f` written as `f = d(f)`, for mutmut passes over decorated functions,
    and what is `# given` marked in its words as not to be mutated."""
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef):
            continue
        if lines[node.lineno - 1].endswith("# given"):
            colon = node.body[0].lineno - 2  # the docstring follows it
            lines[colon] = f"{lines[colon].removesuffix('  # given')}  # pragma: no mutate block"
        wrapped = node.name
        for decorator in reversed(node.decorator_list):
            lines[decorator.lineno - 1] = ""
            wrapped = f"{ast.unparse(decorator)}({wrapped})"
        if node.decorator_list:
            lines[node.end_lineno - 1] += f"\n{' ' * node.col_offset}{node.name} = {wrapped}"
    return "\n".join(lines) + "\n"


def lay_out(of: Milestone, folder: Path) -> None:
    """Write what mutmut works on, and below `mutants` what it only needs.

    The tests import `milestones`, so the reference lies there under this name, and mutmut's names
    for its mutants are those that Python knows.
    """
    shutil.rmtree(folder, ignore_errors=True)
    around = folder / "mutants"
    earlier = of.before
    for other in earlier:
        shutil.copytree(reference.FOLDER / other.package, around / "milestones" / other.package)
    for path in ("kata", f"tests/{of.package}"):
        shutil.copytree(ROOT / path, around / path)
    (around / "tests/kata").mkdir()
    (around / "milestones").mkdir(exist_ok=True)
    for path in (
        *("conftest.py", "pyproject.toml", "tests/kata/first_failure.py"),
        *("milestones/__init__.py", "milestones/curriculum.toml"),
        *(relative(file) for file in ROOT.glob("tests/*.py")),
    ):
        shutil.copy(ROOT / path, around / path)
    shutil.copy(ROOT / "pyproject.toml", folder)
    mutated = folder / "milestones" / of.package
    mutated.mkdir(parents=True)
    for name, text in reference.code(of.package).items():
        (mutated / name).write_text(for_mutmut(text), "utf-8")


def mutmut(folder: Path, *arguments: str, listen: bool = True) -> str:
    """Run it in the folder; what it printed, where it was listened to."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}  # more would wait for each other
    environment.pop("KATA_TREE", None)
    command = [sys.executable, "-c", "from mutmut.__main__ import cli; cli()", *arguments]
    pipe = subprocess.PIPE if listen else None
    done = subprocess.run(command, cwd=folder, env=environment, text=True, stdout=pipe)
    if done.returncode:
        sys.exit(f"mutmut {arguments[0]} has failed in {relative(folder)}; it says why above.")
    return done.stdout


def change(folder: Path, mutant: str) -> str:
    """The mutant in one line: where, the code that it takes out, and what stands there instead."""
    lines = [
        line
        for line in mutmut(folder, "show", mutant).splitlines()
        if not line.startswith(("---", "+++"))
    ]
    before, after = (
        " ".join(" ".join(line[1:].split()) for line in lines if line.startswith(sign))
        for sign in "-+"
    )
    module, _, name = mutant.partition("__mutmut_")[0].rpartition(".")
    where = re.sub("^x[_ǁ]", "", name).replace("ǁ", ".")
    return f"{module.rpartition('.')[2]}.py, {where}: `{before}` becomes `{after}`"


def judged(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """How many mutants came to which end, and the changes of those that no test noticed."""
    results = [
        line.strip().rpartition(": ")
        for line in mutmut(folder, "results", "--all", "true").splitlines()
    ]
    ends = Counter(end for _, _, end in results)
    unnoticed = [mutant for mutant, _, end in results if end not in ("killed", "timeout")]
    return ends, Counter(change(folder, mutant) for mutant in unnoticed)


def put_down(of: Milestone, ends: Counter[str], survivors: Counter[str]) -> str:
    """Write the milestone's section of the page anew, with the reasons known; returns it."""
    page = PAGE.read_text("utf-8")
    reasons = dict(SURVIVOR.findall(page))
    counts = ", ".join(f"{n} {end}" for end, n in (dict.fromkeys(ENDS, 0) | ends).items())
    section = f"{ends.total()} mutants: {counts}."
    for survivor, n in sorted(survivors.items()):
        times = f" ({n} times)" if n > 1 else ""
        section += f"\n\n- {survivor}{times}<br>{reasons.get(survivor, UNEXPLAINED)}"
    preface, *others = re.split(r"^## ", page, flags=re.M)
    sections = dict(other.split("\n", 1) for other in others) | {of.id: section}
    parts = [preface, *(f"## {id}\n\n{text.strip()}" for id, text in sorted(sections.items()))]
    files.write_atomically(PAGE, "\n\n".join(part.strip() for part in parts) + "\n")
    return section


def main(arguments: Sequence[str]) -> int:
    """Judge the milestones named, or all; options such as --max-children=1 are mutmut's."""
    ids = [word for word in arguments if not word.startswith("-")]
    options = [word for word in arguments if word.startswith("-")]
    for of in [milestone(id) for id in ids] or milestones():
        print(f"\n{of.id}", flush=True)
        folder = ROOT / ".kata/mutants" / of.id
        lay_out(of, folder)
        mutmut(folder, "run", *options, listen=False)
        print(put_down(of, *judged(folder)))
    missing = PAGE.read_text("utf-8").count(UNEXPLAINED)
    print(f"\n{missing} to be killed or explained in {relative(PAGE)}.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
