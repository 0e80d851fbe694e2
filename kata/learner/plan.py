"""nox -s plan: PLAN.md, the core spread over weeks; with --gh the same as issues on GitHub."""

import argparse
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rich.console import Console

from kata.course import backups, checklist, progress
from kata.course.checklist import PLAN
from kata.course.curriculum import Milestone, core
from kata.course.state import alone
from kata.files import refuse_odd, write_atomically

EXERCISES = [(m, exercise) for m in core() for exercise in m.exercises]
WRITTEN_BY = re.compile(r"`nox -s plan -- --weeks (\d{1,4}) --hours ([\d.]+) --start ([\d-]+)`")


@dataclass(frozen=True)
class Plan:
    """Every exercise counts the same: nobody has measured which one takes longer."""

    weeks: int
    hours: float  # a week
    start: date

    @property
    def command(self) -> str:
        return f"nox -s plan -- --weeks {self.weeks} --hours {self.hours:g} --start {self.start}"

    def hours_for(self, exercises: int) -> float:
        return self.weeks * self.hours * exercises / len(EXERCISES)

    def week_of(self, milestone: Milestone, exercise: str) -> int:
        return EXERCISES.index((milestone, exercise)) * self.weeks // len(EXERCISES)

    def dates(self, first: int, last: int) -> str:
        """From the first day of one week to the last day of another."""
        begin = self.start + timedelta(weeks=first)
        return f"{begin} to {self.start + timedelta(weeks=last, days=6)}"

    def summary(self) -> str:
        weeks = "1 week" if self.weeks == 1 else f"{self.weeks} weeks"
        hours = "1 hour" if self.hours == 1 else f"{self.hours:g} hours"
        minutes = round(60 * self.hours_for(1))
        return f"{len(EXERCISES)} exercises in {weeks} of {hours} leave {minutes} minutes for each"

    def text(self) -> str:
        """PLAN.md, with no box ticked."""
        lines = [
            "# Plan",
            "",
            f"Written by `{self.command}`.",
            "",
            f"{self.summary()}, its section of the lesson",
            "included. Every exercise counts the same, because nobody has measured which one takes",
            "longer: the hours of a milestone follow from the number of its exercises. The boxes",
            "are ticked by the same runs as those of CHECKLIST.md. Notes of your own are kept.",
        ]
        for week in range(self.weeks):
            lines += ["", f"## Week {week + 1}: {self.dates(week, week)}", *self._week(week)]
        return "\n".join(lines) + "\n"

    def _week(self, week: int) -> list[str]:
        lines: list[str] = []
        before = None
        for milestone, exercise in EXERCISES:
            if self.week_of(milestone, exercise) != week:
                continue
            if milestone != before:
                lines += ["", self._heading(milestone, exercise), ""]
                before = milestone
            lesson = milestone.lesson(milestone.sections.get(exercise, ""))
            lines.append(f"- [ ] `{milestone.id}/{exercise}` [lesson]({lesson})")
            if exercise == milestone.exercises[-1]:
                run = f"nox -s run -- {milestone.id}"
                lines.append(f"- [ ] `{milestone.id}` is complete, so see it work: `{run}`")
        return lines

    def _heading(self, milestone: Milestone, exercise: str) -> str:
        name = f"**{milestone.id} {milestone.title}**"
        if exercise != milestone.exercises[0]:
            return f"{name}, continued"
        return f"{name}, about {self.hours_for(len(milestone.exercises)):.1f} hours"

    def issue(self, milestone: Milestone) -> str:
        """The command that makes an issue of the milestone, its exercises as a task list."""
        weeks = [self.week_of(milestone, exercise) for exercise in milestone.exercises]
        boxes = "\n".join(f"- [ ] `{milestone.id}/{e}`" for e in milestone.exercises)
        body = (
            f"Planned for {self.dates(weeks[0], weeks[-1])}, "
            f"about {self.hours_for(len(weeks)):.1f} hours.\n"
            f"The lesson is `{milestone.lesson()}`. "
            f"The issue can be closed when `nox -s {milestone.id}` is green.\n\n"
            f"{checklist.ticked(boxes, progress.load())}"
        )
        title = f"{milestone.id} {milestone.title}"
        return f"gh issue create --title {shlex.quote(title)} --body {shlex.quote(body)}"


def main(console: Console, arguments: Sequence[str]) -> int:
    """Write the plan; a plan that holds anything of the learner's only after a question."""
    asked = _parser().parse_args(arguments)
    plan = Plan(asked.weeks, asked.hours, asked.start)
    if asked.gh:
        for milestone in core():
            console.print(plan.issue(milestone), soft_wrap=True)
        return 0
    refuse_odd([PLAN])
    if _edited() and not backups.agreed([PLAN], "Keep a copy and write the plan anew?", console):
        return 1
    with alone():
        write_atomically(PLAN, checklist.ticked(plan.text(), progress.load()))
    console.print(f"PLAN.md is written for {plan.dates(0, plan.weeks - 1)}.")
    console.print(f"{plan.summary()}.")
    console.print(f"As issues on GitHub: {plan.command} --gh", soft_wrap=True)
    return 0


def _edited() -> bool:
    """Whether PLAN.md holds anything but a plan as it was written, and its ticks."""
    if not PLAN.exists():
        return False
    text = PLAN.read_bytes().decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    if not (found := WRITTEN_BY.search(text)):
        return True
    try:
        plan = Plan(_weeks(found[1]), _hours(found[2]), _day(found[3]))
    except argparse.ArgumentTypeError:
        return True
    todo = {m.id: dict.fromkeys(m.exercises, "todo") for m in core()}
    return checklist.ticked(text, todo) != plan.text()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("nox -s plan --", description="Spread the kata over weeks.")
    parser.add_argument(
        "--weeks", type=_weeks, default=8, help="how many weeks it may take (default: %(default)s)"
    )
    parser.add_argument(
        "--hours", type=_hours, default=5.0, help="hours you have in a week (default: 5)"
    )
    parser.add_argument(
        "--start",
        type=_day,
        default=date.today(),
        help="the first day, such as 2026-09-01 (default: today)",
    )
    parser.add_argument(
        "--gh",
        action="store_true",
        help="write no file; print the commands that make an issue of each milestone on GitHub",
    )
    return parser


def _weeks(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= len(EXERCISES):
        raise argparse.ArgumentTypeError(
            f"expected a number of weeks from 1 to {len(EXERCISES)}, got {word!r}"
        )
    return int(word)


def _hours(word: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", word) or not 0.5 <= float(word) <= 100:
        raise argparse.ArgumentTypeError(f"expected hours a week from 0.5 to 100, got {word!r}")
    return float(word)


def _day(word: str) -> date:
    try:
        day = date.fromisoformat(word)
        day + timedelta(weeks=len(EXERCISES))  # the calendar ends with the year 9999
        return day
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"expected a day as 2026-09-01, got {word!r}") from None
