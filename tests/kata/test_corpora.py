"""A learner always gets a text to train on, or one line that says why not.

pytest tests/kata/test_corpora.py
"""

import hashlib
import pydoc_data
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pooch
import pytest

from kata.runs import corpora

PLAY = "First Citizen:\nBefore we proceed any further, hear me speak.\n"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """Serves a play in place of Tiny Shakespeare, which it is known by, to an empty cache."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "input.txt").write_bytes(PLAY.encode())
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache")
        monkeypatch.setattr(
            corpora, "SHAKESPEARE_URL", f"http://127.0.0.1:{server.server_port}/input.txt"
        )
        monkeypatch.setattr(
            corpora, "SHAKESPEARE_SHA256", hashlib.sha256(PLAY.encode()).hexdigest()
        )
        yield server
        server.shutdown()


def disconnect(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.server_close()


def test_pydocs_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    corpus = corpora.load("pydocs")
    assert corpus.name == "pydocs"
    assert len(corpus.text) > 400_000
    assert 'The "assert" statement' in corpus.text[:100]


def test_pydocs_is_the_same_text_every_time() -> None:
    assert corpora.load("pydocs") == corpora.load("pydocs")


def test_pydocs_survives_a_change_of_its_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pydoc_data.topics, "topics")
    assert len(corpora.load("pydocs").text) > 400_000


def test_shakespeare_is_fetched_without_a_word(
    server: ThreadingHTTPServer, capfd: pytest.CaptureFixture[str]
) -> None:
    assert corpora.load("shakespeare") == corpora.Corpus("shakespeare", PLAY)
    assert capfd.readouterr() == ("", "")


def test_shakespeare_is_fetched_only_once(server: ThreadingHTTPServer) -> None:
    first = corpora.load("shakespeare")
    disconnect(server)
    assert corpora.load("shakespeare") == first


def test_a_wrong_checksum_is_refused(
    server: ThreadingHTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(corpora, "SHAKESPEARE_SHA256", "0" * 64)
    assert corpora.load("shakespeare").name == "pydocs"
    assert list((tmp_path / "cache").iterdir()) == []
    assert capfd.readouterr().err == (
        "Tiny Shakespeare was refused: its checksum is wrong. Taking pydocs instead.\n"
    )


def test_without_network_or_cache_pydocs_comes_with_one_line(
    server: ThreadingHTTPServer, capfd: pytest.CaptureFixture[str]
) -> None:
    disconnect(server)
    assert corpora.load("shakespeare") == corpora.load("pydocs")
    out, err = capfd.readouterr()
    assert out == ""
    assert err == (
        "Tiny Shakespeare could not be fetched: ConnectionError. Taking pydocs instead.\n"
    )


def test_any_other_name_is_a_text_file(tmp_path: Path) -> None:
    text = "πάντα ῥεῖ\n" * 1000
    (tmp_path / "notes.txt").write_text(text, "utf-8")
    assert corpora.load(str(tmp_path / "notes.txt")) == corpora.Corpus("notes.txt", text)


def test_a_file_written_on_windows_is_the_same_text(tmp_path: Path) -> None:
    text = "To be, or not to be\n" * 1000
    file = tmp_path / "notes.txt"
    file.write_text(text, "utf-8-sig", newline="\r\n")
    assert corpora.load(str(file)).text == text


@pytest.mark.parametrize(
    ("content", "expected", "got", "advice"),
    [
        pytest.param(None, "pydocs, shakespeare or a", "no file", "Check its name", id="missing"),
        pytest.param(b"\xff" * 20_000, "UTF-8 text", "0xff at offset 0", "Save it", id="not-utf8"),
        pytest.param(b"short", "at least 10,000", "has 5", "Take a longer text", id="too-short"),
        pytest.param(b"", "at least 10,000", "has 0", "Take a longer text", id="empty"),
    ],
)
def test_an_unusable_file_is_told_in_one_line(
    content: bytes | None, expected: str, got: str, advice: str, tmp_path: Path
) -> None:
    file = tmp_path / "notes.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(corpora.CorpusError) as error:
        corpora.load(str(file))
    assert "\n" not in str(error.value)
    for part in (f"Expected {expected}", got, advice, str(file)):
        assert part in str(error.value)


def test_a_folder_is_not_a_text(tmp_path: Path) -> None:
    with pytest.raises(corpora.CorpusError, match=r"is a folder\. Name a file in it\."):
        corpora.load(str(tmp_path))
