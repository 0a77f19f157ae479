"""The input selector of the simulated unit: a thin client of the simulated world."""

import asyncio
import logging

from common.bus.connection import Connection
from common.bus.sim import SimInterface
from common.bus.suite import SIM
from common.errors import ApplianceError

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2


class SimulatedInput:
    """Tells the world what is selected, and tells it again when the world or the bus comes back."""

    def __init__(self, connection: Connection) -> None:
        self._sim = connection.proxy(SimInterface, SIM)
        self._selected: tuple[str, str] | None = None
        self._wake = asyncio.Event()
        connection.watch(SIM, self._world_appeared)

    def select(self, type_: str, power: str) -> None:
        """Listen to that type of input with that power, from now on; returns at once."""
        if self._selected != (type_, power):
            self._selected = type_, power
            self._wake.set()

    async def run(self) -> None:
        """Keep the input as it was last told, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._selected is None:
                continue
            try:
                await self._sim.select_input(*self._selected)
            except ApplianceError as error:
                log.debug("the input cannot be selected now: %s", error)
                await asyncio.sleep(RETRY_INTERVAL_S)
                self._wake.set()

    def _world_appeared(self, present: bool) -> None:
        if present:
            self._wake.set()
