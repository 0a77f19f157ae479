"""The amplifier's protection: what it does is told, and after a trip the amplifier is tried again.

The first try comes after 5 s, each further one after twice as long, up to a minute. Only when the amplifier has run
for a second is all well again, so that a lasting fault is one trip and not many. After a minute without a trip the
next one counts as the first.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from common import journal
from common.clock import Clock
from common.errors import ApplianceError
from hw.ports import Amplifier, Protection

log = logging.getLogger(__name__)

_ENTRY: Final = journal.AMPLIFIER_TRIPPED
_LONGEST_COOL_DOWN_S: Final = 60.0
_FORGIVEN_AFTER_S: Final = 60.0


@dataclass(frozen=True)
class Pace:
    """How long the guard waits."""

    cool_down_s: float = 5.0
    probation_s: float = 1.0


class Guard:
    """Follows one amplifier."""

    def __init__(
        self,
        amplifier: Amplifier,
        clock: Clock,
        changed: Callable[[], None],
        pace: Pace | None = None,
    ) -> None:
        self._amplifier = amplifier
        self._clock = clock
        self._changed = changed
        self._pace = pace or Pace()
        self._reported: Protection | None = None
        self._tripped = asyncio.Event()
        self._tries = 0
        self._recovered_at = float("-inf")
        self.state: Protection | None = None
        """None until the amplifier has been heard of."""

    async def run(self) -> None:
        """Follow the amplifier, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._amplifier.run(self._report), name="amplifier")
            tasks.create_task(self._recover(), name="amplifier's recovery")

    def _report(self, protection: Protection) -> None:
        self._reported = protection
        if protection is Protection.OK:
            if self.state is None:
                self._become(protection)
            return
        if self.state in (None, Protection.OK):
            if self._clock.monotonic() - self._recovered_at > _FORGIVEN_AFTER_S:
                self._tries = 0
            log.error("the amplifier went silent: %s", protection.value, extra=_ENTRY)
        self._become(protection)
        self._tripped.set()

    async def _recover(self) -> None:
        while True:
            await self._tripped.wait()
            await asyncio.sleep(min(self._pace.cool_down_s * 2**self._tries, _LONGEST_COOL_DOWN_S))
            self._tries = min(self._tries + 1, 16)
            try:
                await self._amplifier.reset()
            except ApplianceError as error:
                log.warning("the amplifier cannot be reset: %s, trying again", error)
                continue
            await asyncio.sleep(self._pace.probation_s)
            if self._reported is Protection.OK:
                self._recovered_at = self._clock.monotonic()
                log.info("the amplifier runs again")
                self._tripped.clear()
                self._become(Protection.OK)

    def _become(self, state: Protection) -> None:
        if state is not self.state:
            self.state = state
            self._changed()
