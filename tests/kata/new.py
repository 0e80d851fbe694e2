"""The files of a new milestone, from the templates in skeleton/.

nox -s new -- m20 name [--track TRACK] [--needs m01,m05]. It begins with a function and a layer that
double numbers, so that its stubs are red and its proofs hold from the first minute on.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from kata.course.curriculum import CORE, milestones, tracks
from kata.paths import ROOT

TEMPLATES = Path(__file__).with_name("skeleton")
LAST_ROW = re.compile(r"(?<=\n)(?:\| \[!\[m.*\n)+")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser("nox -s new --", description="The files of a new milestone.")
    parser.add_argument("id", help="one that is free, such as m20")
    parser.add_argument("name", help="of its folder: two or three words with _ between them")
    parser.add_argument("--track", default=CORE, help="(default: %(default)s)")
    parser.add_argument("--needs", default="", help="the ids of what its code imports: m01,m05")
    asked = parser.parse_args(arguments)
    if problem := _problem(asked):
        print(problem)
        return 2
    for path, text in written(asked).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(f" {path.relative_to(ROOT)}")
    subprocess.run([sys.executable, "-m", "kata", "stubs"], cwd=ROOT, check=True)
    print(f"\nIts stubs are red: nox -s {asked.id}. Its proofs hold: nox -s verify -- {asked.id}.")
    print("Make it yours, as CONTRIBUTING.md says, and draw its figure in docs/figures.py.")
    return 0


def _problem(asked: argparse.Namespace) -> str:
    known = [m.id for m in milestones()]
    if not re.fullmatch(r"m\d\d", asked.id) or asked.id in known:
        return f"{asked.id}: expected an id that is free, of an m and two digits."
    if not re.fullmatch(r"[a-z][a-z0-9_]*", asked.name):
        return f"{asked.name}: expected small letters, digits and _."
    if unknown := [id for id in asked.needs.split(",") if id and id not in known]:
        return f"There is no {', '.join(unknown)}. There are {', '.join(known)}."
    return ""


def written(asked: argparse.Namespace) -> dict[Path, str]:
    """The new text of every file that is new, or that tells of the milestone."""
    texts = {}
    for template in sorted(TEMPLATES.rglob("*.*")):
        target = ROOT / _filled(str(template.relative_to(TEMPLATES).with_suffix("")), asked)
        text = _filled(template.read_text("utf-8"), asked)
        if template.suffix != ".new":
            before = target.read_text("utf-8")
            rows = [row.end() for row in LAST_ROW.finditer(before)]
            end = rows[-1] if template.suffix == ".row" else len(before)
            text = before[:end] + text + before[end:]
        texts[target] = text
    return texts


def _filled(text: str, asked: argparse.Namespace) -> str:
    words = asked.name.split("_")
    text = text.replace("mNN", asked.id).replace("thename", asked.name)
    text = text.replace("TheName", "".join(word.capitalize() for word in words))
    text = text.replace("The title", " ".join(words).capitalize())
    if asked.track == CORE:
        text = re.sub(r"^(track|needs) = .*\n", "", text, flags=re.M)
    if asked.track in (CORE, *(track.id for track in tracks())):
        text = re.sub(r"^\[\[track\]\]\n.*\n.*\n\n", "", text, flags=re.M)
    needs = ", ".join(f'"{id}"' for id in filter(None, asked.needs.split(",")))
    return text.replace("thetrack", asked.track).replace("theneeds", needs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
