"""What a screen shows in place of a character that it cannot show, or should not."""

import codecs

PLAIN = {"✓": "x", "✗": "!", "·": ".", "■": "#", "○": "o", "…": "...", "−": "-", "√": "sqrt "}
NAME = "kata-plain"  # of the error handler, for open(), reconfigure() and str.encode()


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in missing), error.end


codecs.register_error(NAME, _nearest)


def printable(text: str, keep: str = "") -> str:
    """The text with a code, as Python writes it, for each character that commands a terminal.

    So is a byte of a file's name that is not UTF-8: `J\\xe9r\\xf4me`. keep: characters to leave.
    """
    return "".join(c if c.isprintable() or c in keep else _code(c) for c in text)


def _code(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # as os.fsdecode keeps such a byte
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
