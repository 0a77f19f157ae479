"""The network cable of the simulated unit: a thin client of the simulated world."""

from collections.abc import Callable

from common.bus.connection import Connection
from common.bus.sim import SimInterface
from common.bus.suite import SIM
from hw.drivers.simulated_sense import Sense


class SimulatedLink:
    """Sees whether the cable is plugged in; HTTP reaches the unit all the same, over this computer's own network."""

    def __init__(self, connection: Connection) -> None:
        sim = connection.proxy(SimInterface, SIM)
        self._sense = Sense(connection, "network cable", lambda: sim.link_up(), SimInterface.link)

    async def run(self, changed: Callable[[bool], None]) -> None:
        """Call `changed` with whether there is a connection: at the start and at each change, until cancelled."""
        await self._sense.run(changed)
