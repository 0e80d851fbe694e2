"""An edition with some tracks alone: what of the files that tell of all of them is left out."""

import re
import tomllib
from collections.abc import Sequence

from kata.course.curriculum import CORE, Milestone, milestones, tracks
from kata.errors import KataError


def of_tracks(ids: Sequence[str]) -> list[Milestone]:
    """The milestones of these tracks. Raises KataError where one is unknown, or needs another."""
    known = [CORE, *(track.id for track in tracks())]
    for id in ids:
        if id not in known:
            raise KataError(f"There is no track {id!r}. There are {', '.join(known)}.")
    chosen = [m for m in milestones() if m.track in ids]
    for of in chosen:
        for needed in of.before_run:
            if needed not in chosen:
                wanted = ",".join([*ids, needed.track])
                raise KataError(f"{of.id} needs {needed.id} of another track: --tracks {wanted}")
    return chosen


def curriculum(text: str, chosen: Sequence[Milestone]) -> str:
    """The text of curriculum.toml with these milestones, and their tracks, alone."""
    head, *blocks = re.split(r"^(?=\[\[)", text, flags=re.M)
    kept = {m.id for m in chosen} | {m.track for m in chosen}
    return head + "".join(block for block in blocks if _id(block) in kept)


def _id(block: str) -> str:
    ((entry,),) = tomllib.loads(block).values()
    return entry["id"]


def page(text: str, chosen: Sequence[Milestone]) -> str:
    """A page in Markdown without the table rows, boxes and links that lead to what is left out."""
    for one in (m for m in milestones() if m not in chosen):
        lesson = rf"\]\([^)\s]*{one.package}/[^)\s]*\)"
        text = re.sub(rf"^\|.*{lesson}.*\|\n", "", text, flags=re.M)
        text = re.sub(rf"^- \[[ x]\] `{one.id}` .*\n(?:  .*\n)*\n?", "", text, flags=re.M)
        text = re.sub(rf"\[((?:[^\[\]]|\[[^\]]*\])*){lesson}", r"\1", text)
    return text
