"""What the system daemon offers of upgrades: the image in, progress, confirmation and the way back."""

from collections.abc import Mapping
from typing import ClassVar

from sdbus import DbusInterfaceCommonAsync

from common.bus.contract import dbus_method


class UpdateInterface(DbusInterfaceCommonAsync, interface_name="org.c8210.Update1"):
    """The firmware. Texts in JSON are those of `common.update`; `who` is the person an edge speaks for.

    NotSupported where the board has no second slot, or nothing can restart the unit.
    """

    call_timeouts_s: ClassVar[Mapping[str, float]] = {"Upgrade": 1200.0, "Rollback": 60.0}

    @dbus_method("", "s")
    async def progress(self) -> str:
        """Return `Progress`."""
        raise NotImplementedError

    @dbus_method("ts", "s")
    async def prepare(self, size: int, who: str) -> str:
        """Get ready for an image of `size` bytes, 0 where that is not known; returns `Answer`.

        StorageFull without the room for it, InvalidValue for one that is too large.
        """
        raise NotImplementedError

    @dbus_method("", "h")
    async def spool(self) -> int:
        """Return the descriptor to write the image to, once, after `prepare`; Conflict else."""
        raise NotImplementedError

    @dbus_method("", "")
    async def abandon(self) -> None:
        """Drop what has come of an image; nothing where there is none."""
        raise NotImplementedError

    @dbus_method("ss", "s")
    async def upgrade(self, options: str, who: str) -> str:
        """Check and install what was written to the spool by `Options`; returns `Answer`, then the unit restarts."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def commit(self, who: str) -> str:
        """Confirm the version that runs; returns `Answer`."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def rollback(self, who: str) -> str:
        """Restart into the version before, with its settings; returns `Answer` before that."""
        raise NotImplementedError

    @dbus_method("s", "s")
    async def purge(self, who: str) -> str:
        """Drop the version before; returns `Answer`."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def stop_timer(self, who: str) -> None:
        """Stop the time after which the unit goes back by itself; the version stays unconfirmed."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def reboot(self, who: str) -> None:
        """Restart into the same version; the time that is left for the confirmation goes on after that."""
        raise NotImplementedError
