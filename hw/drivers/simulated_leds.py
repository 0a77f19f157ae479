"""The lamps of the simulated unit: a thin client of the simulated world."""

import asyncio
import logging

from common.bus.connection import Connection
from common.bus.sim import SimInterface
from common.bus.suite import SIM
from common.errors import ApplianceError, Unavailable
from hw.ports import Led, Pattern

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2


class SimulatedLeds:
    """Tells the world what each lamp shows, and tells it again when the world or the bus comes back."""

    def __init__(self, connection: Connection) -> None:
        self._sim = connection.proxy(SimInterface, SIM)
        self._shown: dict[Led, Pattern] = {}
        self._unsent: set[Led] = set()
        self._wake = asyncio.Event()
        connection.watch(SIM, self._world_appeared)

    def show(self, led: Led, pattern: Pattern) -> None:
        """Show `pattern` from now on; returns at once."""
        if self._shown.get(led) == pattern:
            return
        self._shown[led] = pattern
        self._unsent.add(led)
        self._wake.set()

    async def run(self) -> None:
        """Keep the lamps as they were last told, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsent:
                led = self._unsent.pop()
                if not await self._send(led):
                    self._unsent.add(led)
                    await asyncio.sleep(RETRY_INTERVAL_S)

    async def _send(self, led: Led) -> bool:
        steps = [(step.colour.value, step.duration_ms) for step in self._shown[led]]
        try:
            await self._sim.set_led(led.value, steps)
        except Unavailable as error:
            log.debug("the %s LED cannot be lit now: %s", led.value, error)
            return False
        except ApplianceError as error:
            log.warning("the %s LED refuses its pattern: %s, ignoring", led.value, error)
        return True

    def _world_appeared(self, present: bool) -> None:
        if present:
            self._unsent.update(self._shown)
            self._wake.set()
