"""Where the repository is, and how its files are called."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def engine() -> list[Path]:
    """The engine's source files."""
    return sorted((ROOT / "kata").rglob("*.py"))


def relative(path: str | Path) -> str:
    """A path as a learner types it: from the repository's root, with forward slashes."""
    path = Path(path)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
