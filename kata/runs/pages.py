"""Writes pages that one can touch, and opens them. They hold all they need: no network is asked."""

import html
import os
import sys
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from kata.errors import KataError
from kata.files import write_atomically
from kata.paths import relative
from kata.runs import theme

VISIBLE = {" ": "␣", "\n": "↵"}  # the page would show no other
PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{heading}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ margin: auto; padding: 1rem; max-width: 60rem; font: 1rem/1.5 system-ui, sans-serif }}
#heads {{ color: black }}
#heads > div, #heads > div > div > div {{ padding: 0 !important; max-width: none !important }}
#heads > div > div {{ margin-left: 0 !important }}
#heads > div > div:nth-of-type(1) > div {{ flex: 0 0 7rem !important }}
#heads > div > div:nth-of-type(2) > div {{ max-width:
  clamp(26rem, 100vh - 24rem, 60rem) !important }}
#heads h2 {{ display: none }} /* the heading beside it says the same */
#heads h4 {{ position: static !important; font-weight: normal; overflow-wrap: anywhere;
  background: none !important; color: inherit !important }}
#heads [style*="border-style"] {{ border-color: gray !important; cursor: pointer }}
#heads [style*="box-shadow"] {{ box-shadow: 0 0 0 3px {blue} !important }}
@media (prefers-color-scheme: dark) {{ #heads {{ filter: invert(0.93) hue-rotate(180deg) }} }}
</style>
<h1>{heading}</h1>
<p>Point at a small picture to see that head below, and click on it to keep it there. A row is the
token that looks (the destination), a column one that it looks at (the source): the bluer their
square, the more attention. Point at a square to read how much.{grey}</p>
<div id="heads"></div>
{script}
"""
GREY = " A grey square is a later token, which no token sees."


def require(run: str = "m03 --show --page") -> None:
    """Raises KataError where the package is missing; `nox -s run -- {run}` installs it."""
    if find_spec("circuitsvis") is None:
        raise KataError(f"--page needs the package circuitsvis; nox -s run -- {run} installs it.")


def attention_page(
    path: Path,
    heading: str,
    tokens: Sequence[str],
    patterns: Float[Tensor, "heads query key"] | Sequence[Sequence[Sequence[float]]],
    names: Sequence[str],
) -> None:
    """Write a page of one text's heads, of which it shows the first until another is chosen.

    patterns: for each head a row for each query, from 0 to 1 for each key. names: the heads'.
    """
    require()
    from circuitsvis.attention import attention_heads

    weights = torch.as_tensor(patterns, dtype=torch.float64)
    causal = torch.equal(weights, weights.tril())
    rendered = attention_heads(
        attention=weights.round(decimals=4).tolist(),  # the page shows all digits
        tokens=["".join(map(_visible, token)) for token in tokens],
        attention_head_names=list(names),
        positive_color=theme.BLUE,
        mask_upper_tri=causal,
    )
    # Its str() would load the script from the web.
    code, call, data = rendered.local_src.partition("\n    CircuitsVis.render(\n")
    division, _, code = code.partition("/>")
    id = division.split('"')[1]  # drawn by lot
    data, end, _ = data.rpartition("</script>")
    data = data.replace(id, "heads", 1).replace("<", r"\u003c")  # a token may hold </script>
    script, grey = code + call + data + end, GREY if causal else ""
    heading = html.escape(heading)
    page = PAGE.format(heading=heading, script=script, grey=grey, blue=theme.BLUE)
    write_atomically(path, page)


def show(path: Path) -> None:
    """Say where the page is, and open it where someone sits before a browser; waits for nothing."""
    print(f"A page to touch, for a browser: {relative(path)}", flush=True)
    with suppress(webbrowser.Error, OSError):  # there is none, or it does not start
        if _watched() and _in_a_window(browser := webbrowser.get()):
            browser.open(path.resolve().as_uri())


def _watched() -> bool:
    """Is there a terminal, on a machine with a screen?"""
    far = any(map(os.environ.get, ("CI", "SSH_CONNECTION")))
    screen = any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return sys.stdout.isatty() and not far and (screen or sys.platform in ("win32", "darwin"))


def _in_a_window(browser: webbrowser.BaseBrowser) -> bool:
    """One in the terminal, such as w3m, would take the terminal until it is left."""
    waits = type(browser) is webbrowser.GenericBrowser
    return not waits and getattr(browser, "background", True)


def _visible(character: str) -> str:
    shown = character if character.isprintable() else repr(character)[1:-1]
    return VISIBLE.get(character, shown)
