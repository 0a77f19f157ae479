"""What is printed on the simulated unit."""

import json

from common.bus.connection import Connection
from common.bus.sim import SimInterface
from common.bus.suite import SIM


class SimulatedNameplate:
    """Asks the simulated world."""

    def __init__(self, connection: Connection) -> None:
        self._sim = connection.proxy(SimInterface, SIM)

    async def serial_number(self) -> str:
        """Return the serial number that the world was made with."""
        printed = json.loads(await self._sim.identity())
        return str(printed["serial_number"]).upper()
