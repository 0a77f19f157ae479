"""What the database needs from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from common.params.view import HistoryEntry
from daemons.params.change import Change
from daemons.params.state import State


@dataclass(frozen=True)
class Loaded:
    """What was on the disk at start."""

    state: State
    lost: str = ""
    """Why the file could not be used, when it could not."""
    recovered: str = ""
    """What came in its place: `backup` or `defaults`."""


class Store(Protocol):
    """Where the state outlives the process. Every method may block, and is called on one thread."""

    def open(self) -> Loaded:
        """Return what is kept."""
        ...

    def commit(self, changes: Sequence[Change], now: float) -> None:
        """Put `changes` on the disk, all or none of them; returns when they are there."""
        ...

    def history(self, limit: int) -> list[HistoryEntry]:
        """Return the newest lines, newest first."""
        ...

    def back_up(self) -> None:
        """Make a copy of what is on the disk, for the day the file is damaged."""
        ...

    def forget(self) -> None:
        """Leave nothing on the disk of what was deleted, copies included."""
        ...

    def keep(self) -> None:
        """Make a copy of what is on the disk, for the way back from an upgrade."""
        ...

    def put_back_next_time(self) -> bool:
        """Have the next start put back what was kept; returns whether there is anything."""
        ...

    def drop_kept(self) -> None:
        """Give up the way back."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Owners(Protocol):
    """The daemons that want to look at a change before it is written."""

    async def veto(self, owner: str, changes: Mapping[str, str]) -> dict[str, str]:
        """Return what `owner` refuses, with the reason."""
        ...
