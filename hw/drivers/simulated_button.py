"""The control button of the simulated unit: a thin client of the simulated world."""

import asyncio
import logging
from collections.abc import Callable

from common.bus.connection import Connection
from common.bus.sim import SimInterface
from common.bus.suite import SIM
from common.errors import ApplianceError

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2


class SimulatedButton:
    """Hears of the button by a signal, and feels for it when the world or the bus comes back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sim = connection.proxy(SimInterface, SIM)
        self._appeared = asyncio.Event()
        connection.watch(SIM, self._world_appeared)

    async def run(self, moved: Callable[[bool], None]) -> None:
        """Call `moved` with whether the button is down: at the start and at each change, until cancelled."""
        heard = 0

        def signalled(pressed: bool) -> None:
            nonlocal heard
            heard += 1
            moved(pressed)

        await self._connection.subscribe(SimInterface.button, SIM, signalled)
        while True:
            await self._appeared.wait()
            self._appeared.clear()
            before = heard
            try:
                pressed = await self._sim.button_pressed()
            except ApplianceError as error:
                log.debug("the control button cannot be felt now: %s", error)
                await asyncio.sleep(RETRY_INTERVAL_S)
                if self._connection.present(SIM):
                    self._appeared.set()
                continue
            if heard == before:  # else the signal knows better than an answer given before it
                moved(pressed)

    def _world_appeared(self, present: bool) -> None:
        if present:
            self._appeared.set()
