"""One entry of the tables of causes: which exceptions it is about, and what it says of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# What a sentence calls a part of the line that is unknown, or too long to be quoted.
UNNAMED = {
    "code": "this expression",
    "left": "the left operand",
    "right": "the right operand",
    "receiver": "the tensor",
    "of": "the value",
    "function": "what is called",
    "argument": "what was given",
    "short": "the shorter one",
}


@dataclass(frozen=True)
class Entry:
    """A cause in one sentence and its remedy in another.

    words: a pattern, searched in the exception's message.
    says: both sentences. `{name}` is a group of a pattern or a fact about the learner's line;
    where one of these is not known the entry does not fit.
    line: a pattern, searched in the code that failed.
    """

    kind: type[BaseException] | tuple[type[BaseException], ...]
    words: str
    says: str
    line: str = ""

    def fitted(self, error: BaseException, facts: Mapping[str, str]) -> str:
        """The two sentences; empty where the entry does not fit."""
        if not isinstance(error, self.kind):
            return ""
        message = re.search(self.words, str(error))
        line = re.search(self.line, facts.get("line", ""))
        if not message or not line:
            return ""
        found = {k: v for m in (message, line) for k, v in m.groupdict().items() if v is not None}
        for way in ("position", "parameter"):  # of the argument that the message is about
            if argument := facts.get(f"argument {found.get(way)}"):
                found["argument"] = argument
        try:
            text = self.says.format_map({**UNNAMED, **facts, **found})
        except KeyError:
            return ""
        return text[:1].upper() + text[1:] if text.startswith((*UNNAMED.values(),)) else text
