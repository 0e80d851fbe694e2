"""What `watch` has on the screen: news, the board, the exercise at hand, notes, and the keys."""

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from kata.course.verdict import States
from kata.learner.places import Place
from kata.testing import board

KEYS = "h hint  n next  b back  c choose  l list  r run all  d changes  q quit"
CHOOSE = "Type an exercise or a milestone: the first letters are enough. Enter go  Esc stay"


class Screen:
    """It can be drawn anew at any time, with marks that have changed."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.headlines: list[str] = []
        self.text = ""  # on the exercise at hand
        self.below: list[RenderableType] = []  # hints and differences that were asked for

    def show(self, headlines: list[str], text: str) -> None:
        """Have something else to draw, above the hints and differences that were asked for."""
        self.headlines, self.text = headlines, text

    def add(self, part: RenderableType) -> None:
        """Show this, too, until the next save or exercise; once is enough."""
        if part not in self.below:
            self.below.append(part)

    def draw(self, states: States, at: Place, notes: Sequence[str]) -> None:
        self.console.clear()
        if self.headlines:
            self.console.print()
        for headline in self.headlines:
            self.console.print(Text(f" {headline}", "bold green"))
        board.show_milestones({at[0].id: states[at[0].id]}, self.console, at)
        self.console.print()
        for part in (Text.from_ansi(self.text.rstrip()), *self.below):
            self.console.print(part)
        self.console.print()
        for note in notes:
            self.console.print(Padding(Text(note, "yellow"), (0, 1, 1, 1), expand=False))
        self.console.print(f" {KEYS}", style="dim")

    def list(self, states: States, at: Place) -> None:
        self.console.clear()
        board.show_milestones(states, self.console, at)
        self.console.print(f"\n Back to {at[1]}: press l.\n\n {KEYS}", style="dim")

    def ask(self, states: States, at: Place, typed: str, problem: str) -> None:
        """The list, and what has been typed of a name."""
        self.console.clear()
        board.show_milestones(states, self.console, at)
        self.console.print(Text(f"\n {problem}" if problem else "", "yellow"))
        self.console.print(f" {CHOOSE}", style="dim")
        self.console.print(f" > {typed}", end="")
