"""What `grade` writes: a table, a CSV file, and the result files of Gradescope and Classroom 50."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kata.course.curriculum import milestones
from kata.files import write_atomically
from kata.judging.decision import Result

STYLES = {"green": "green", "red": "bold red", "todo": "dim", "error": "bold magenta"}
LONGEST_NAME = 120
TIER = (
    " Each milestone ran alone, on a copy: accidents and lazy cheats are caught. Code that tampers"
    " with its own process is not, and the network is open: for that, grade in a container."
)


@dataclass(frozen=True)
class Row:
    """A submission and its verdicts, by milestone."""

    name: str
    commit: str
    verdicts: dict[str, Result]

    def exercises(self) -> Iterator[tuple[str, bool, str]]:
        """Every exercise's name, whether it is green, and what is to be said where it is not."""
        for milestone in milestones():
            result = self.verdicts[milestone.id]
            for exercise in milestone.exercises:
                found = result.exercises.get(exercise, {"state": result.state, "tests": {}})
                yield f"{milestone.id} {exercise}", found["state"] == "green", _said(result, found)

    @property
    def score(self) -> int:
        return sum(green for _, green, _ in self.exercises())

    @property
    def errors(self) -> list[str]:
        found = [self.verdicts[milestone.id] for milestone in milestones()]
        return [f"{result.milestone}: {result.error}" for result in found if result.error]

    def cell(self, id: str) -> str:
        """The green exercises of a milestone, of all; or that there was no verdict."""
        result = self.verdicts[id]
        done = sum(one["state"] == "green" for one in result.exercises.values())
        return "error" if result.error else f"{done}/{len(result.exercises)}"


def _said(result: Result, found: dict[str, Any]) -> str:
    messages = [t["message"] for t in found["tests"].values() if t["outcome"] != "passed"]
    return result.error or next((message for message in messages if message), "")


def show(rows: Sequence[Row], console: Console) -> None:
    """The table, the reasons where there is no verdict, and what a verdict is worth."""
    table = Table(box=SIMPLE, padding=0)
    table.add_column("submission", overflow="fold")
    for milestone in milestones():
        table.add_column(milestone.id, justify="right")
    table.add_column("all", justify="right")
    most = sum(len(m.exercises) for m in milestones())
    for row in rows:
        cells = [Text(row.cell(m.id), STYLES[row.verdicts[m.id].state]) for m in milestones()]
        table.add_row(Text(row.name), *cells, f"{row.score}/{most}")
    console.print(table)
    for row in rows:
        for error in row.errors:
            console.print(Text(f" {row.name}  {error}"))
    console.print(f"\n{TIER}\n")


def write(rows: Sequence[Row], folder: Path) -> None:
    """Replace grades.csv and, for each submission, the two services' files."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(
        ["submission", "commit", *(m.id for m in milestones()), "score", "max_score", "errors"]
    )
    most = sum(len(m.exercises) for m in milestones())
    for row in rows:
        cells = [row.cell(m.id) for m in milestones()]
        errors = "; ".join(row.errors)
        table.writerow([_cell(row.name), row.commit, *cells, row.score, most, errors])
        name = _folder(row.name)
        _write_json(folder / "gradescope" / name / "results.json", gradescope(row))
        _write_json(folder / "classroom50" / name / "result.json", classroom50(row))
    write_atomically(folder / "grades.csv", text.getvalue())


def gradescope(row: Row) -> dict[str, Any]:
    """The format of Gradescope's autograders: a point for each exercise."""
    tests = [
        {
            "name": name,
            "score": int(green),
            "max_score": 1,
            "status": "passed" if green else "failed",
            "output": said,
            "output_format": "text",
        }
        for name, green, said in row.exercises()
    ]
    return {"score": row.score, "output": "\n".join(row.errors), "tests": tests}


def classroom50(row: Row) -> dict[str, Any]:
    """The format classroom50/result/v1; its runner gives identity and addresses as variables."""
    tests = [
        {"test-name": name, "passed": green, "score": int(green), "max-score": 1, "output": said}
        for name, green, said in row.exercises()
    ]
    given = os.environ.get
    return {
        "schema": "classroom50/result/v1",
        "classroom": given("CLASSROOM", ""),
        "assignment": given("ASSIGNMENT", ""),
        "owner": given("OWNER") or given("USERNAME") or row.name,
        "submission": given("SUBMISSION_TAG", row.name),
        "commit": given("COMMIT_URL", row.commit),
        "release": given("RELEASE_URL", ""),
        "review": given("REVIEW_URL") or given("COMMIT_URL", row.commit),
        "datetime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": row.score,
        "max-score": len(tests),
        "tests": tests,
    }


def _cell(text: str) -> str:
    """A name that a spreadsheet would take for a formula gets a quote before it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _folder(name: str) -> str:
    """A folder's name of its own for every submission, short enough for every disk."""
    quoted = quote(name, safe=" @")
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    return quoted if len(quoted) <= LONGEST_NAME else f"{quoted[:80]}-{digest[:12]}"


def _write_json(file: Path, content: dict[str, Any]) -> None:
    write_atomically(file, json.dumps(content, indent=1) + "\n")
