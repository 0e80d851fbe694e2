"""Paths on the screen that a click opens, in terminals that know links (OSC 8)."""

import os
import re

from rich.style import Style
from rich.text import Text

from kata.curriculum import ROOT

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
        if (file := ROOT / name).is_file():
            fragment = f"#{heading or line}" if heading or line else ""
            shown.stylize(Style(link=file.as_uri() + fragment), *found.span())
    return shown
