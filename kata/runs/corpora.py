"""The texts that models are trained on: one on every machine, one fetched once, or your own."""

import inspect
import pydoc_data.topics
import sys
from dataclasses import dataclass
from pathlib import Path

from kata.errors import KataError

SHAKESPEARE_URL = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
)
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
MIN_CHARACTERS = 10_000  # a tenth of them still makes a validation text


@dataclass(frozen=True)
class Corpus:
    name: str
    text: str


class CorpusError(KataError):
    """The text asked for cannot be trained on."""


def load(name: str) -> Corpus:
    """The corpus of that name.

    name: `pydocs`, Python's language reference, which needs no network; `shakespeare`, all of
    Tiny Shakespeare, fetched once; or the path of a UTF-8 text file. Where Shakespeare can be
    neither fetched nor found in the cache, one line on stderr says so and pydocs is returned.

    Raises CorpusError where a file cannot be read as text or is too short.
    """
    if name == "pydocs":
        return Corpus(name, _pydocs())
    if name == "shakespeare":
        return _shakespeare()
    return Corpus(Path(name).name, _file(Path(name)))


def _pydocs() -> str:
    topics = getattr(pydoc_data.topics, "topics", None)
    if isinstance(topics, dict):
        return "\n".join(text for _, text in sorted(topics.items()))
    # The layout is Python's own affair. Whatever it becomes, the source still holds the text.
    return inspect.getsource(pydoc_data.topics)


def _shakespeare() -> Corpus:
    import pooch  # here, because pydocs and files do without

    pooch.get_logger().setLevel("ERROR")  # it reports each download
    try:
        path = pooch.retrieve(
            SHAKESPEARE_URL,
            known_hash=f"sha256:{SHAKESPEARE_SHA256}",
            fname="tinyshakespeare.txt",
            path=pooch.os_cache("transformer-kata"),
            downloader=pooch.HTTPDownloader(timeout=10),  # ty: ignore[invalid-argument-type]
        )
    except ValueError:
        return _pydocs_instead("was refused: its checksum is wrong")
    except OSError as error:  # those of requests are OSErrors too
        return _pydocs_instead(f"could not be fetched: {type(error).__name__}")
    return Corpus("shakespeare", Path(path).read_text("utf-8"))


def _pydocs_instead(problem: str) -> Corpus:
    print(f"Tiny Shakespeare {problem}. Taking pydocs instead.", file=sys.stderr)
    return load("pydocs")


def _file(path: Path) -> str:
    """Raises CorpusError that says what was expected, what came, and what to do."""
    try:
        if not path.exists():
            raise CorpusError(
                f"Expected pydocs, shakespeare or a text file; there is no file '{path}'. "
                "Check its name and folder."
            )
        if path.is_dir():
            raise CorpusError(f"Expected a text file; '{path}' is a folder. Name a file in it.")
        text = path.read_text("utf-8-sig")  # -sig: some editors on Windows begin with a mark
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"Expected UTF-8 text; '{path}' has the byte 0x{error.object[error.start]:02x} "
            f"at offset {error.start:,}. Save it as UTF-8, or take another file."
        ) from None
    except OSError as error:
        raise CorpusError(
            f"Expected a file to read; '{path}' gave: {error.strerror}. "
            "Change its permissions, or take another file."
        ) from None
    if len(text) < MIN_CHARACTERS:
        raise CorpusError(
            f"Expected at least {MIN_CHARACTERS:,} characters; '{path}' has {len(text):,}. "
            "Take a longer text."
        )
    return text
