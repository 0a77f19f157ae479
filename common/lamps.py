"""The LEDs, as a daemon has them shown: causes told to the ioports daemon, and told again when it comes back."""

import asyncio
import logging

from common.bus.connection import Connection
from common.bus.ioports import IoPortsInterface
from common.bus.suite import IOPORTS
from common.clock import Clock
from common.errors import ApplianceError, Unavailable

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2


class Lamps:
    """Keeps the causes of this daemon as the ioports daemon should have them."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._ioports = connection.proxy(IoPortsInterface, IOPORTS)
        self._clock = clock
        self._wanted: dict[str, float | None] = {}
        """Cause -> when it ends; None for one that does not hold."""
        self._untold: set[str] = set()
        self._wake = asyncio.Event()
        connection.watch(IOPORTS, self._appeared)

    def hold(self, cause: str, lasting_s: float = 0.0) -> None:
        """Say that a cause holds, for a time or, with 0, until dropped."""
        ends = self._clock.monotonic() + lasting_s if lasting_s else float("inf")
        self._want(cause, ends)

    def drop(self, cause: str) -> None:
        """Say that a cause no longer holds."""
        self._want(cause, None)

    async def run(self) -> None:
        """Tell the ioports daemon, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._untold:
                cause = self._untold.pop()
                if not await self._tell(cause):
                    self._untold.add(cause)
                    await asyncio.sleep(RETRY_INTERVAL_S)

    def _want(self, cause: str, ends: float | None) -> None:
        self._wanted[cause] = ends
        self._untold.add(cause)
        self._wake.set()

    async def _tell(self, cause: str) -> bool:
        ends = self._wanted[cause]
        remaining = ends - self._clock.monotonic() if ends is not None else 0.0
        try:
            if remaining <= 0:
                await self._ioports.clear_cause(cause)
            else:
                await self._ioports.raise_cause(
                    cause, 0.0 if remaining == float("inf") else remaining
                )
        except Unavailable as error:
            log.debug("the LEDs cannot be told now: %s", error)
            return False
        except ApplianceError as error:
            log.warning("the LEDs refuse %s: %s, ignoring", cause, error)
        return True

    def _appeared(self, present: bool) -> None:
        if present:
            self._untold.update(self._wanted)
            self._wake.set()
