"""What daemons may ask of the two places for firmware, and of what is to be installed there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from common.update import Refusal


@dataclass(frozen=True)
class Installed:
    """The two places for firmware, and what is in them. Names are those of the boot loader, such as `A`."""

    running: str
    running_version: str
    """Empty where nobody noted it: it is then that of this program."""
    other: str
    other_version: str | None
    """Empty where it is not known; None where nothing is in it that could be started."""


@dataclass(frozen=True)
class Bundle:
    """What a bundle says of itself, signed."""

    compatible: str
    version: str


class BundleRefused(Exception):
    """A bundle that must not be installed; `reason` is one of `common.update.Refusal`."""

    def __init__(self, reason: Refusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Slots(Protocol):
    """Two places for firmware: one runs, the other takes the next version. `HardwareFault` when a part does not work.

    Each start of a slot costs a try, of which it has a few; `confirm` gives them back, and one without any is passed
    over by the boot loader, which then starts the other.
    """

    async def missing(self) -> str:
        """Return why nothing can be installed here; empty where it can."""
        ...

    async def look(self) -> Installed:
        """Return what is installed."""
        ...

    async def compatible(self) -> str:
        """Return for which hardware an image has to be."""
        ...

    async def check(self, bundle: Path) -> Bundle:
        """Return what a bundle is, after its signature was verified; raises `BundleRefused`."""
        ...

    async def install(self, bundle: Path, progress: Callable[[int], None]) -> None:
        """Verify a bundle and write it to the other slot, telling percent; it is not started by that.

        Raises `BundleRefused` for one that is damaged. What was in the slot is gone, whatever comes of it.
        """
        ...

    async def settled(self) -> None:
        """Return when nothing is being written that a predecessor of this process has begun."""
        ...

    async def activate(self, slot: str) -> None:
        """Have `slot` started from the next start on, with all its tries."""
        ...

    async def confirm(self) -> None:
        """Give the running slot all its tries."""
        ...

    async def discard(self) -> None:
        """Make sure that the other slot is not started any more."""
        ...
