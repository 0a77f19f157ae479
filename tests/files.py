"""The files of a unit that still works: what goes away meanwhile is no failure."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def files_below(folder: Path) -> Iterator[Path]:
    """Return every file at any depth; unlike `Path.rglob`, a folder may vanish meanwhile."""
    for parent, _folders, names in os.walk(folder):
        yield from (Path(parent) / name for name in names)


def contents(folder: Path, below_bytes: int = 50_000_000) -> dict[Path, bytes]:
    """Return what is in every regular file that is smaller than `below_bytes`."""
    found = {}
    for path in files_below(folder):
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_size < below_bytes:
                found[path] = path.read_bytes()
    return found
