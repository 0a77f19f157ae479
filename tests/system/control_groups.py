"""Control groups for one container: two that run at once in the same would remove and kill what is the other's."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "c8210-system-"
_MOVE = """while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@\""""


@contextmanager
def own_control_groups() -> Iterator[list[str]]:
    """Yield a command that runs another one in control groups of its own, which are gone after the block.

    Those of the two hierarchies by which systemd knows its services; of earlier runs that were killed, what is left is
    removed, too.
    """
    groups = [top / f"{_PREFIX}{os.getpid()}" for top in _where_we_are()]
    for group in groups:
        for left in group.parent.glob(f"{_PREFIX}*"):
            _remove(left)
        group.mkdir()
    try:
        yield ["sh", "-c", _MOVE, "sh", *map(str, groups), "--"]
    finally:
        for group in groups:
            _remove(group)


def _where_we_are() -> list[Path]:
    """Return our group in each of the hierarchies that systemd may use here."""
    mounted: dict[str, Path] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _source, options = rest.split(" ", 2)
        if kind == "cgroup2":
            mounted[""] = Path(fields.split()[4])
        elif kind == "cgroup" and "name=systemd" in options.split(","):
            mounted["name=systemd"] = Path(fields.split()[4])
    ours = [line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines()]
    return [mounted[name] / path.lstrip("/") for name, path in ours if name in mounted]


def _remove(group: Path) -> None:
    """Remove a group and those in it; one that somebody is in stays."""
    for folder, _names, _files in os.walk(group, topdown=False):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
