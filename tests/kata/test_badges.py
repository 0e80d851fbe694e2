"""Badges, and what publishes them: every state, every false verdict.

pytest tests/kata/test_badges.py
"""

import json
import re
from xml.etree import ElementTree

import pytest

from kata.course.curriculum import milestone, milestones, tracks
from kata.judging import badges, publish
from kata.paths import ROOT

M03 = milestone("m03")
ALL = sum(len(m.exercises) for m in milestones())


def states(green: int = 0, red: int = 0) -> dict[str, str]:
    words = ["green"] * green + ["red"] * red
    return dict(
        zip(M03.exercises, words + ["todo"] * (len(M03.exercises) - len(words)), strict=True)
    )


def verdict(**changes) -> dict:
    exercises = {name: {"state": state, "tests": {}} for name, state in states(green=5).items()}
    return {
        "version": 1,
        "milestone": "m03",
        "state": "green",
        "exercises": exercises,
        **changes,
    }


@pytest.mark.parametrize(
    ("found", "message", "colour", "says"),
    [
        (states(), "todo", "grey", "0 of 5 exercises green"),
        (states(red=1), "0/5", "amber", "0 of 5 exercises green"),
        (states(green=3), "3/5", "amber", "3 of 5 exercises green"),
        (states(green=4, red=1), "4/5", "amber", "4 of 5 exercises green"),
        (states(green=5), "done", "green", "5 of 5 exercises green"),
        (None, "no verdict", "amber", "no verdict"),
    ],
)
def test_a_badge_tells_how_far_a_milestone_is(found, message, colour, says):
    badge = badges.of_milestone(M03, found)
    assert (badge.label, badge.message, badge.colour) == ("m03", message, colour)
    assert badge.says == f"m03, Scaled multi-head QKV attention: {says}"


def test_the_overall_badge_counts_what_has_no_verdict_as_not_done():
    green = {m.id: dict.fromkeys(m.exercises, "green") for m in milestones()}
    assert badges.overall(green, ALL).message == "done"
    assert badges.overall(green | {"m03": None}, ALL).message == f"{ALL - 5}/{ALL}"
    assert badges.overall(dict.fromkeys(green), ALL).message == "todo"


@pytest.mark.parametrize("found", [states(), states(green=3), states(green=5), None])
def test_a_badge_is_20_pixels_high_and_says_in_words_what_it_shows(found):
    badge = badges.of_milestone(M03, found)
    picture = ElementTree.fromstring(badges.svg(badge))
    assert picture.get("height") == "20"
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == picture.findtext("{*}title") == badge.says
    assert [text.text for text in picture.findall(".//{*}text")] == ["m03", badge.message]
    widths = [int(part.get("width")) for part in picture.findall("{*}g/{*}rect")]
    assert sum(widths) == int(picture.get("width"))


@pytest.mark.parametrize(("page", "paper"), [(badges.LIGHT, "#ffffff"), (badges.DARK, "#0d1117")])
def test_a_badge_can_be_read_on_a_light_and_on_a_dark_page(page, paper):
    for background, text in page.values():
        assert contrast(background, text) >= 4.5  # WCAG 2.2, 1.4.3
    assert contrast(page["label"][0], paper) >= 3  # 1.4.11
    dark = badges.svg(badges.of_milestone(M03, states(green=5))).partition("@media")[2]
    assert dark.startswith(" (prefers-color-scheme: dark)")
    assert badges.DARK["green"][0] in dark


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_shields_can_draw_the_same_badge():
    said = json.loads(badges.endpoint(badges.of_milestone(M03, states(green=3))))
    assert said == {"schemaVersion": 1, "label": "m03", "message": "3/5", "color": "#ffb224"}


def test_what_a_badge_says_cannot_end_its_text():
    svg = badges.svg(badges.Badge("x", "<&>", '"', "grey", "</title><script>"))
    assert ElementTree.fromstring(svg).findtext("{*}title") == "</title><script>"


FALSE = {
    "another version": (verdict(version=2), "not a verdict of version 1 on m03"),
    "another milestone": (verdict(milestone="m04"), "not a verdict of version 1 on m03"),
    "a list": ([], "not an object"),
    "no exercises": (verdict(exercises={}), "its exercises are not those of the curriculum"),
    "one more": (
        verdict(exercises={**verdict()["exercises"], "x": {"state": "green"}}),
        "its exercises are not those of the curriculum",
    ),
    "another word": (
        verdict(exercises={e: {"state": "GREEN"} for e in M03.exercises}),
        "an exercise is neither todo, red nor green",
    ),
    "a list for a word": (
        verdict(exercises={e: {"state": ["green"]} for e in M03.exercises}),
        "an exercise is neither todo, red nor green",
    ),
    "no object": (
        verdict(exercises=dict.fromkeys(M03.exercises, "green")),
        "an exercise is neither todo, red nor green",
    ),
    "green over red": (
        verdict(exercises={e: {"state": "red"} for e in M03.exercises}),
        "its state is not that of its exercises",
    ),
    "an error": (
        verdict(state="error", error="The run crashed: Segmentation fault."),
        "The run crashed: Segmentation fault.",
    ),
    "mark-up": (
        verdict(error="a | b\n![x](http://e.org)<img>`::error::`" + "y" * 200),
        "a   b   x (http:  e.org) img  ::error:: " + "y" * 60,
    ),
}


@pytest.mark.parametrize(("said", "reason"), FALSE.values(), ids=FALSE)
def test_a_false_verdict_is_none(tmp_path, said, reason):
    file = tmp_path / "verdict.json"
    file.write_text(json.dumps(said), "utf-8")
    with pytest.raises(publish.Invalid) as refused:
        publish.read(file, M03)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b" " * (publish.BYTES + 1), f"larger than {publish.BYTES} bytes"),
        (None, "its job left none"),
    ],
    ids=["empty", "no text", "deep", "large", "missing"],
)
def test_what_is_no_json_is_no_verdict(tmp_path, content, reason):
    file = tmp_path / "verdict.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(publish.Invalid, match=re.escape(reason)):
        publish.read(file, M03)


def test_a_link_is_no_verdict(tmp_path):
    (tmp_path / "other.json").write_text(json.dumps(verdict()))
    (tmp_path / "verdict.json").symlink_to(tmp_path / "other.json")
    with pytest.raises(publish.Invalid, match="not a regular file"):
        publish.read(tmp_path / "verdict.json", M03)


def test_a_verdict_missing_costs_no_other_its_badge(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_SHA", "5" * 40)
    folder = tmp_path / "verdicts/verdict-m03"
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text(json.dumps(verdict()))
    (folder / "m01.json").write_text(json.dumps(verdict(milestone="m01")))  # not its own folder
    table = publish.publish(tmp_path / "verdicts", tmp_path / "badges").splitlines()
    assert "| m03 Scaled multi-head QKV attention | green | 5 of 5 |" in table
    assert len([line for line in table if "| no verdict | its job left none |" in line]) == (
        len(milestones()) - 1
    )
    progress = json.loads((tmp_path / "badges/progress.json").read_text("utf-8"))
    assert progress["milestones"]["m03"]["state"] == "green"
    assert progress["milestones"]["m01"] == {"state": "no verdict", "exercises": {}}
    assert (progress["commit"], progress["tests"]) == ("5" * 40, publish.tests_digest())
    drawn = {file.stem for file in (tmp_path / "badges").glob("*.svg")}
    assert drawn - {f"track-{track.id}" for track in tracks()} == {
        "kata",
        *(m.id for m in milestones()),
    }


def test_the_readme_shows_every_badge_by_an_address_that_fits_any_copy():
    readme = (ROOT / "README.md").read_text("utf-8")
    shown = re.findall(r"!\[.*?\]\((\S+/raw/badges/\w+\.svg)\)", readme)
    names = ["kata", *(m.id for m in milestones())]
    assert shown == [f"../../raw/badges/{name}.svg" for name in names]
