"""What a screen shows that cannot show a character: the nearest one of ASCII."""

import codecs

PLAIN = {"✓": "x", "✗": "!", "·": ".", "■": "#", "○": "o", "…": "...", "−": "-", "√": "sqrt "}
NAME = "kata-plain"  # of the error handler, for open(), reconfigure() and str.encode()


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(PLAIN.get(character, "?") for character in missing), error.end


codecs.register_error(NAME, _nearest)
