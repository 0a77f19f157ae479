"""Files that are still being written: how they are called, and how those are removed that nobody will finish."""

from pathlib import Path
from typing import Final

_SUFFIX: Final = ".part"


def unfinished(path: Path) -> Path:
    """Return under which name a file is written."""
    return path.with_name(f".{path.name}{_SUFFIX}")


def sweep(folder: Path) -> None:
    """Remove what a recorder that is gone has left."""
    for part in folder.glob(f".*{_SUFFIX}"):
        part.unlink(missing_ok=True)
