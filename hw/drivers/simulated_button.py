"""The control button of the simulated unit: a thin client of the simulated world."""

from collections.abc import Callable

from common.bus.connection import Connection
from common.bus.sim import SimInterface
from common.bus.suite import SIM
from hw.drivers.simulated_sense import Sense


class SimulatedButton:
    """Feels whether somebody in the world holds it down."""

    def __init__(self, connection: Connection) -> None:
        sim = connection.proxy(SimInterface, SIM)
        self._sense = Sense(
            connection, "control button", lambda: sim.button_pressed(), SimInterface.button
        )

    async def run(self, moved: Callable[[bool], None]) -> None:
        """Call `moved` with whether the button is down: at the start and at each change, until cancelled."""
        await self._sense.run(moved)
