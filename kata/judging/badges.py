"""Badges: an SVG, and the JSON from which shields.io draws its own, for the same message.

Drawn for 20 pixels of height, for light and dark pages; what the colour says stands in words.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from kata.course.curriculum import Milestone, Track

GREY, AMBER, GREEN = "grey", "amber", "green"
# Background and text of the message, on a light page and on a dark one; the label's come first.
LIGHT = {
    "label": ("#444c56", "#ffffff"),
    GREY: ("#656d76", "#ffffff"),
    AMBER: ("#ffb224", "#1f2328"),
    GREEN: ("#1a7f37", "#ffffff"),
}
DARK = {
    "label": ("#6a737d", "#ffffff"),
    GREY: ("#8b949e", "#0d1117"),
    AMBER: ("#d9a021", "#0d1117"),
    GREEN: ("#3fb950", "#0d1117"),
}
HEIGHT, MARGIN = 20, 6  # pixels
NARROW, WIDE = "fijlrt /.,:", "mwMW"


@dataclass(frozen=True)
class Badge:
    name: str  # of its files
    label: str
    message: str
    colour: str
    says: str  # all of it in words


def of_milestone(milestone: Milestone, exercises: Mapping[str, str] | None) -> Badge:
    """exercises: the state of each; None where there is no verdict, which is never a pass."""
    title = f"{milestone.id}, {milestone.title}"
    if exercises is None:
        says = f"{title}: no verdict"
        return Badge(milestone.id, milestone.id, "no verdict", AMBER, says)
    message, colour = _progress(list(exercises.values()))
    green = list(exercises.values()).count("green")
    says = f"{title}: {green} of {len(exercises)} exercises green"
    return Badge(milestone.id, milestone.id, message, colour, says)


def of_track(track: Track, states: Mapping[str, Mapping[str, str] | None]) -> Badge:
    """states: of each milestone's exercises, as above."""
    found = [
        state
        for m in track.milestones
        for state in (states[m.id] or dict.fromkeys(m.exercises, "todo")).values()
    ]
    message, colour = _progress(found)
    says = f"{track.id}, {track.title}: {found.count('green')} of {len(found)} exercises green"
    return Badge(f"track-{track.id}", track.id, message, colour, says)


def overall(states: Mapping[str, Mapping[str, str] | None], exercises: int) -> Badge:
    """states: of each milestone's exercises, as above; exercises: how many there are in all."""
    found = [state for one in states.values() for state in (one or {}).values()]
    found += ["todo"] * (exercises - len(found))
    message, colour = _progress(found)
    says = f"Transformer Kata: {found.count('green')} of {exercises} exercises green"
    return Badge("kata", "transformer kata", message, colour, says)


def _progress(states: list[str]) -> tuple[str, str]:
    green = states.count("green")
    if green == len(states):
        return "done", GREEN
    if set(states) == {"todo"}:
        return "todo", GREY
    return f"{green}/{len(states)}", AMBER


def endpoint(badge: Badge) -> str:
    """What shields.io/badges/endpoint-badge reads."""
    colour = LIGHT[badge.colour][0]
    said = {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": colour}
    return json.dumps(said, indent=1) + "\n"


def svg(badge: Badge) -> str:
    left, right = _width(badge.label), _width(badge.message)
    says = escape(badge.says)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" role="img" \
aria-label="{says}">
<title>{says}</title>
<style>
{_colours(LIGHT, badge.colour)}
@media (prefers-color-scheme: dark) {{
{_colours(DARK, badge.colour)}
}}
text {{ font: 11px Verdana, "DejaVu Sans", Geneva, sans-serif }}
</style>
<clipPath id="round"><rect width="{left + right}" height="{HEIGHT}" rx="3"/></clipPath>
<g clip-path="url(#round)">
<rect class="label" width="{left}" height="{HEIGHT}"/>
<rect class="message" x="{left}" width="{right}" height="{HEIGHT}"/>
{_text("label", badge.label, 0, left)}
{_text("message", badge.message, left, right)}
</g>
</svg>
"""


def _colours(page: Mapping[str, tuple[str, str]], colour: str) -> str:
    both = {"label": page["label"], "message": page[colour]}
    return "\n".join(
        f"rect.{part} {{ fill: {back} }} text.{part} {{ fill: {front} }}"
        for part, (back, front) in both.items()
    )


def _text(part: str, text: str, x: int, width: int) -> str:
    """As wide in every font as it is in Verdana."""
    place = f'x="{x + width / 2}" y="14" text-anchor="middle" textLength="{width - 2 * MARGIN}"'
    return f'<text class="{part}" {place}>{escape(text)}</text>'


def _width(text: str) -> int:
    letters = sum(4.3 if c in NARROW else 10.4 if c in WIDE else 6.9 for c in text)
    return round(letters) + 2 * MARGIN
