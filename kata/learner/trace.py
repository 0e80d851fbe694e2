"""nox -s trace -- m05: who sees whom in what the learner built, beside who should."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from kata.course import lending
from kata.course.curriculum import milestone, milestones
from kata.learner.session import run_tests
from kata.testing import sight, told


def main(console: Console, arguments: Sequence[str]) -> int:
    """Run the tests that look (check.sees), and show what they saw."""
    looking = {
        m.id: [e for e in m.exercises if "check.sees(" in m.test_file(e).read_text("utf-8")]
        for m in milestones()
    }
    ids = [id for id, exercises in looking.items() if exercises]
    if len(arguments) != 1 or arguments[0] not in ids:
        console.print(f"Which milestone? nox -s trace -- {'|'.join(ids)}")
        return 2
    chosen = milestone(arguments[0])
    if borrowed := lending.unfinished(chosen.before):
        console.print(f"\n Borrowed from the reference: {', '.join(borrowed)}.")
    verdict = run_tests([chosen], console, looking[chosen.id], lending.tree(borrowed))
    for exercise in looking[chosen.id]:
        found = verdict[chosen.id][exercise]
        drawn = [id for id in found.tests if id in sight.drawings]
        for id in drawn:
            title = Text(f"{exercise}: {told.claim(id)}", "bold")
            console.print(Padding(title, (1, 1, 0, 1), expand=False))
            console.print(Padding(Text(sight.drawings[id]), (1, 0, 0, 3)))
        if not drawn:
            console.print(Text(f"\n {exercise} gives nothing to look at yet.", "bold"))
            console.print(f"   Its tests say why: nox -s {chosen.id} -- {exercise}", style="dim")
    console.print()
    return 0
