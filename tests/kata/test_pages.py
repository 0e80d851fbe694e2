"""A page of heads works without a network, and in a browser one can touch it.

pytest tests/kata/test_pages.py
"""

import base64
import io
import sys
import webbrowser
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.image import imread

from kata.errors import KataError
from kata.runs import pages, theme
from tests.kata import chromium

pytestmark = pytest.mark.timeout(300)  # the first time a browser is fetched

TOKENS = ["<b>", " not", "</script>\n"]
ITSELF = torch.eye(3)
THE_FIRST = torch.tensor([[1.0, 0.0, 0.0]] * 3)
THE_NEXT = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])


def write(path: Path, *patterns: torch.Tensor) -> Path:
    names = [f"head <{number}>" for number in range(len(patterns))]
    pages.attention_page(path, "What <heads> & co see", TOKENS, torch.stack(patterns), names)
    return path


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.fixture
def page(tmp_path: Path) -> str:
    return write(tmp_path / "new" / "page.html", ITSELF, THE_FIRST).read_text("utf-8")


def test_a_page_loads_nothing(page: str) -> None:
    attributes = dict(Tags(page).attributes)
    assert not attributes.keys() & {"src", "href", "srcset", "data", "action"}
    assert attributes["content"] is not None
    assert "default-src 'none'" in page
    assert "unpkg.com" not in page


def test_a_page_says_its_language_charset_and_heading(page: str) -> None:
    assert {("lang", "en"), ("charset", "utf-8")} <= set(Tags(page).attributes)
    assert page.index('<meta charset="utf-8">') < 1024  # where browsers look for it
    assert "<h1>What &lt;heads&gt; &amp; co see</h1>" in page


def test_tokens_and_names_are_no_html(page: str) -> None:
    tags = Tags(page).tags
    assert (tags.count("script"), tags.count("b"), tags.count("heads")) == (1, 0, 0)
    assert r'"tokens": ["\u003cb>"' in page
    assert r'"head \u003c0>", "head \u003c1>"' in page


def test_spaces_and_other_characters_without_a_shape_are_shown() -> None:
    assert "".join(map(pages._visible, " é·\n\t\x7f")) == "␣é·↵\\t\\x7f"


def test_the_same_heads_give_the_same_bytes(tmp_path: Path, page: str) -> None:
    assert write(tmp_path / "again.html", ITSELF, THE_FIRST).read_text("utf-8") == page


def test_a_page_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("old", "utf-8")
    with pytest.raises(TypeError):
        pages.attention_page(file, "", [None], [[[1.0]]], ["head"])  # ty: ignore
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert file.read_text("utf-8") == "old"


def test_lists_of_weights_are_fine(tmp_path: Path, page: str) -> None:
    weights = [ITSELF.tolist(), THE_FIRST.tolist()]
    names = ["head <0>", "head <1>"]
    pages.attention_page(tmp_path / "lists.html", "What <heads> & co see", TOKENS, weights, names)
    assert (tmp_path / "lists.html").read_text("utf-8") == page


def test_a_missing_package_is_told_in_one_line(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(pages, "find_spec", lambda name: None)
    with pytest.raises(KataError) as told:
        write(tmp_path / "page.html", ITSELF)
    said = "--page needs the package circuitsvis; nox -s run -- m03 --show --page installs it."
    assert str(told.value) == said
    with pytest.raises(KataError, match="nox -s run -- m13 --page installs it"):
        pages.require("m13 --page")


# In a browser


def picture(tab: chromium.Page) -> np.ndarray:
    """The pixels of the large picture."""
    url = tab.value("[...document.querySelectorAll('canvas')].at(-1).toDataURL()")
    return imread(io.BytesIO(base64.b64decode(url.partition(",")[2])))


def squares(image: np.ndarray, area: tuple[slice, slice]) -> list[list[float]]:
    """Of each square of the 3 by 3 in the area: is its centre blue?"""
    inside = full(image)[area]
    height, width = inside.shape
    centres = [[inside[height * r // 6, width * c // 6] for c in (1, 3, 5)] for r in (1, 3, 5)]
    return [[float(centre) for centre in row] for row in centres]


def full(image: np.ndarray) -> np.ndarray:
    """Which pixels have the colour of all attention."""
    blue = [int(theme.BLUE[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return np.abs(image[..., :3] - blue).max(-1) < 0.01


def test_in_a_browser_one_sees_a_head_and_chooses_another(tmp_path: Path) -> None:
    file = write(tmp_path / "page.html", THE_NEXT, THE_FIRST, ITSELF)
    with chromium.page(file, tmp_path / "profile") as tab:
        rows, columns = full(picture(tab)).nonzero()
        area = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)

        def check_shown(name: str, head: torch.Tensor) -> None:
            titles = tab.value("[...document.querySelectorAll('h3')].map(each => each.innerText)")
            assert titles[-1] == f"{name} Zoomed"
            assert squares(picture(tab), area) == head.tolist()

        def small(number: int) -> str:
            return f"document.querySelectorAll('canvas')[{number}]"

        assert tab.value("document.querySelector('h1').innerText") == "What <heads> & co see"
        check_shown("head <0>", THE_NEXT)
        tab.mouse("Moved", small(1))
        check_shown("head <1>", THE_FIRST)
        tab.mouse("Moved", "document.querySelector('h1')")
        check_shown("head <0>", THE_NEXT)
        tab.mouse("Moved", small(2))
        tab.mouse("Pressed", small(2))
        tab.mouse("Released", small(2))
        tab.mouse("Moved", "document.querySelector('h1')")
        check_shown("head <2>", ITSELF)

        before = picture(tab)
        tab.mouse("Moved", small(3), across=0.6, down=0.4)
        assert (picture(tab) != before).any()  # the number of that square

        names = [event["method"] for event in tab.events]
        assert not {"Runtime.exceptionThrown", "Log.entryAdded"}.intersection(names)
        assert tab.requested == [file.as_uri()]


# Opening it


class Window(webbrowser.BaseBrowser):
    opened: list[str]

    def open(self, url, new=0, autoraise=True):
        self.opened.append(url)
        return True


@pytest.fixture
def opened(monkeypatch, capsys) -> list[str]:
    """What is opened, as if someone sat before a terminal in a window."""
    for name in ("CI", "SSH_CONNECTION", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda stream: True)  # of capsys
    window = Window()
    window.opened = []
    monkeypatch.setattr(webbrowser, "get", lambda: window)
    return window.opened


def test_a_page_is_opened_where_someone_sits_before_a_browser(tmp_path, opened, capsys) -> None:
    pages.show(tmp_path / "a page.html")
    assert opened == [f"{tmp_path.as_uri()}/a%20page.html"]
    assert capsys.readouterr().out == f"A page to touch, for a browser: {tmp_path}/a page.html\n"


@pytest.mark.parametrize("name", ["CI", "SSH_CONNECTION"])
def test_nothing_is_opened_where_nobody_would_see_it(tmp_path, opened, monkeypatch, name) -> None:
    monkeypatch.setenv(name, "1")
    pages.show(tmp_path / "page.html")
    assert opened == []


def test_nothing_is_opened_without_a_screen(tmp_path, opened, monkeypatch) -> None:
    monkeypatch.delenv("DISPLAY")
    pages.show(tmp_path / "page.html")
    assert opened == []


def test_nothing_is_opened_from_a_pipe(tmp_path, opened, monkeypatch, capsys) -> None:
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda stream: False)
    pages.show(tmp_path / "page.html")
    assert opened == []
    assert "page.html" in capsys.readouterr().out


def test_no_browser_takes_the_terminal(tmp_path, opened, monkeypatch) -> None:
    text = webbrowser.GenericBrowser("w3m")
    monkeypatch.setattr(text, "open", lambda url: opened.append(url))
    monkeypatch.setattr(webbrowser, "get", lambda: text)
    pages.show(tmp_path / "page.html")
    assert opened == []


def test_no_browser_is_no_error(tmp_path, opened, monkeypatch) -> None:
    def none():
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    pages.show(tmp_path / "page.html")
