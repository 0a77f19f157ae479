"""Whether the unit is ready: every daemon is there."""

import asyncio
from collections.abc import Callable, Iterable

from common.errors import InvalidValue

LONGEST_WAIT_S = 3600.0


class Readiness:
    """Which daemons are there, and whether that is all of them."""

    def __init__(self, names: Iterable[str], changed: Callable[[bool], None]) -> None:
        self._there = dict.fromkeys(names, False)
        self._changed = changed
        self._all = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether every daemon is there."""
        return self._all.is_set()

    def daemons(self) -> dict[str, bool]:
        """Return each daemon and whether it is there."""
        return dict(self._there)

    def seen(self, name: str, there: bool) -> None:
        """Note that a daemon came or went."""
        before = self.ready
        self._there[name] = there
        if all(self._there.values()):
            self._all.set()
        else:
            self._all.clear()
        if self.ready != before:
            self._changed(self.ready)

    async def wait(self, timeout_s: float) -> bool:
        """Wait up to `timeout_s` for every daemon; returns whether they are there."""
        if not 0 <= timeout_s <= LONGEST_WAIT_S:
            raise InvalidValue(f"the time-out must be from 0 to {LONGEST_WAIT_S:g} s")
        try:
            async with asyncio.timeout(timeout_s):
                await self._all.wait()
        except TimeoutError:
            return False
        return True
