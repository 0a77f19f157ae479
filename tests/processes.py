"""Who has been started by whom, as the kernel tells it."""

from collections.abc import Iterator
from pathlib import Path


def children(parent: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the process id and the command line of each process that `parent` has started and that still runs."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            its_parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # it ended meanwhile
        if its_parent == parent:
            yield int(entry.name), words


def child(parent: int, word: str) -> int | None:
    """Return the process id of a child with this word in its command line, if there is one."""
    return next((pid for pid, words in children(parent) if word in words), None)
