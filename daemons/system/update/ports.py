"""What upgrades need from outside, besides the slots (`hw.slots`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from common.update import Check
from daemons.system.update.record import Record


class Settings(Protocol):
    """The settings of the unit, all daemons' together."""

    async def keep(self) -> None:
        """Keep them as they are now, for the way back."""
        ...

    async def put_back(self) -> bool:
        """Have those that were kept put back at the next start; returns whether there are any."""
        ...

    async def drop_kept(self) -> None:
        """Give up those that were kept."""
        ...

    async def reset(self, level: str, who: str) -> None:
        """Return what `level` covers to its default."""
        ...


class Records(Protocol):
    """Where the record is kept."""

    def load(self) -> Record:
        """Return it, or a new one."""
        ...

    def save(self, record: Record) -> None:
        """Write it; it is on the disk when this returns. Raises `StorageFull`."""
        ...


class Spool(Protocol):
    """Where an image lies between its arrival and its installation: on the disk, one at a time."""

    path: Path

    def begin(self, size: int) -> None:
        """Make room for `size` bytes, 0 where that is not known; raises `StorageFull`, `InvalidValue`."""
        ...

    def take(self) -> int:
        """Return the descriptor to write to; raises `Conflict` when somebody has it already."""
        ...

    def size(self) -> int:
        """Return how much has come."""
        ...

    async def seal(self) -> None:
        """Bring what has come to disk, and let nobody of ours write any more; raises `InvalidValue` without any."""
        ...

    def drop(self) -> None:
        """Delete it."""
        ...


class Health(Protocol):
    """Whether the version that runs does what it is for."""

    async def started(self) -> Sequence[Check]:
        """Return whether every daemon is there and the settings can be read."""
        ...

    async def whole(self) -> Sequence[Check]:
        """Return that, and whether the web server answers and sound passes."""
        ...


class Restarts(Protocol):
    """The way down of the unit."""

    async def able(self) -> bool:
        """Whether anything could restart it."""
        ...

    async def restart(self, who: str) -> None:
        """Restart; returns before that."""
        ...

    def hold(self, why: str) -> None:
        """Refuse every restart and reset that somebody else asks for; with an empty text no more."""
        ...
