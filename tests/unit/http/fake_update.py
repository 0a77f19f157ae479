"""Upgrades as the edge calls them, on a unit that has no second slot."""

from typing import Never

import msgspec

from common.errors import NotSupported
from common.update import Progress, Step


class FakeUpdate:
    """Tells what runs, and refuses the rest."""

    async def progress(self) -> str:
        """Return what runs."""
        told = Progress(
            supported=False,
            why_not="the board has one slot",
            version="12.9.0",
            slot="A",
            committed=True,
            inactive_version=None,
            last_upgrade_at=None,
            pending_commit=None,
            time_to_rollback_s=None,
            step=Step.IDLE,
            percent=0,
            message="",
            target_version="",
            last=None,
            checks=[],
        )
        return msgspec.json.encode(told).decode()

    async def prepare(self, _size: int, _who: str) -> Never:
        """Refuse."""
        raise NotSupported("the board has one slot")

    async def commit(self, _who: str) -> Never:
        """Refuse."""
        raise NotSupported("the board has one slot")

    rollback = purge = stop_timer = reboot = commit
