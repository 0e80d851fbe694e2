"""Where the texts and the lines of a figure are, read from its SVG."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from kata.runs.theme import GROUND

SVG = "{http://www.w3.org/2000/svg}"
COLUMN = 830  # pixels that GitHub gives a README
PIXELS = 4 / 3  # of a point

Box = tuple[float, float, float, float]  # left, top, right, bottom
Points = np.ndarray  # (n, 2)


@dataclass(frozen=True)
class Text:
    words: str
    size: float  # in points
    color: str
    box: Box


class Drawn:
    def __init__(self, file: Path) -> None:
        self.source = file.read_text("utf-8")
        self.root = ElementTree.fromstring(self.source)
        self.width, self.height = numbers(self.root.get("viewBox", ""))[2:]
        self.sheet, _, drawing = self.source.partition("</style>")
        self.colors = set(re.findall("#[0-9a-f]{6}", drawing))
        self.texts = [text_of(element) for element in self.root.iter(f"{SVG}text")]

    @property
    def smallest(self) -> float:
        """The pixels of the smallest text in GitHub's column."""
        shown = min(COLUMN, self.width * PIXELS) / self.width
        return min(text.size for text in self.texts) * shown

    @cached_property
    def visible(self) -> Points:
        """Points of all lines, and dots, that nothing in the colour of the ground lies upon."""
        clips = {
            f"url(#{clip.get('id')})": rectangle(clip[0])
            for clip in self.root.iter(f"{SVG}clipPath")
        }
        seen = np.empty((0, 2))
        for element in self.root.iter():
            if element.tag == f"{SVG}path" and style(element, "fill") == GROUND:
                area = corners(element)
                seen = seen[~within(seen, (*area.min(0), *area.max(0)))]
            else:
                found = points(element)
                clip = clips.get(element.get("clip-path", ""))
                seen = np.concatenate([seen, found[within(found, clip)] if clip else found])
        return seen

    def crossed(self) -> list[str]:
        """Texts that a line or a dot goes through."""
        return [text.words for text in self.texts if within(self.visible, text.box).any()]

    def overlapping(self) -> list[str]:
        """Pairs of texts of which one lies on the other."""
        found = []
        for one, other in combinations(self.texts, 2):
            left, top = np.maximum(one.box[:2], other.box[:2])
            right, bottom = np.minimum(one.box[2:], other.box[2:])
            if left < right and top < bottom:
                found.append(f"{one.words} / {other.words}")
        return found

    def cut(self) -> list[str]:
        """Texts that reach over the edge of the figure."""
        whole = (0, 0, self.width, self.height)
        ends = {text.words: np.array(text.box).reshape(2, 2) for text in self.texts}
        return [words for words, box in ends.items() if not within(box, whole).all()]


def text_of(element: Element) -> Text:
    """matplotlib gives a place and an anchor, or moves the text; it turns by 0 or -90 degrees."""
    words, size = element.text or "", float(style(element, "font-size").removesuffix("px"))
    width, height, descent = TextToPath().get_text_width_height_descent(
        words, FontProperties(size=size), ismath=False
    )
    turn = element.get("transform", "")
    x, y = numbers(f"{element.get('x')} {element.get('y')}" if element.get("x") else turn)[:2]
    before = {"middle": width / 2, "end": width}.get(style(element, "text-anchor"), 0)
    box = (x - before, y - height + descent, x - before + width, y + descent)
    if "rotate(-90" in turn:
        box = (x - height + descent, y + before - width, x + descent, y + before)
    return Text(words, size, style(element, "fill"), box)


def points(element: Element) -> Points:
    """Of a line at most a point apart, of a dot its middle."""
    if element.tag == f"{SVG}use":
        return np.array([[float(element.get("x", 0)), float(element.get("y", 0))]])
    lines = [np.empty((0, 2))]
    if element.tag == f"{SVG}path" and style(element, "fill") == "none":
        for a, b in pairwise(corners(element)):
            lines.append(np.linspace(a, b, 2 + int(np.hypot(*(b - a)))))
    return np.concatenate(lines)


def corners(path: Element) -> Points:
    return np.array(numbers(path.get("d", ""))).reshape(-1, 2)


def rectangle(element: Element) -> Box:
    x, y, width, height = (float(element.get(name, 0)) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def within(points: Points, box: Box) -> np.ndarray:
    left, top, right, bottom = box
    x, y = points.T
    return (left <= x) & (x <= right) & (top <= y) & (y <= bottom)


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def style(element: Element, name: str) -> str:
    found = re.search(rf"(?:^|; ?){name}: ([^;]+)", element.get("style", ""))
    return found[1] if found else ""
