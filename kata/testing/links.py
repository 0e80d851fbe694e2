"""Paths on the screen that a click opens, in terminals that know links (OSC 8)."""

import os
import re
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.text import Text

from kata.paths import ROOT

TEXT_STARTS_AT = 15  # the widest label is "diagnosis"; a gap of 3 before it, and 2 after it
NOTEBOOK = "JPY_PARENT_PID"  # Jupyter and Colab set it for what their cells run
PATH = re.compile(r"((?:milestones|tests)/[\w./-]+\.\w+)(?:#([\w-]+)|:(\d+))?")


def linked(text: str, style: str = "") -> Text:
    """The text, in which every path of a file that is there is a link to it.

    A heading, as in README.md#softmax, or a line, as in mlp.py:12, becomes the link's fragment.
    """
    shown = Text(text, style)
    if NOTEBOOK in os.environ:  # a browser opens no file of that machine, and may show the code
        return shown
    for found in PATH.finditer(text):
        name, heading, line = found.groups()
        if _is_file(file := ROOT / name):
            fragment = f"#{heading or line}" if heading or line else ""
            shown.stylize(Style(link=file.as_uri() + fragment), *found.span())
    return shown


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # its name is longer than one can be
        return False


def path(console: Console, place: str, style: str = "") -> Text:
    """A path that is too long for its column goes on in the next line after a slash or a #."""
    shown = linked(place, style)
    if len(place) <= console.width - TEXT_STARTS_AT:
        return shown
    cut = max(place.rfind("/"), place.rfind("#") - 1) + 1
    return Text("\n").join([shown[:cut], shown[cut:]])
