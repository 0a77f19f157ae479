"""The world's side of the bus: what simulated drivers may do to it."""

import json

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.sim import SimInterface
from hw.sim.world import World


class SimService(SimInterface):
    """Unpacks and delegates."""

    def __init__(self, connection: Connection, world: World) -> None:
        super().__init__()
        self.connection = connection
        self._world = world

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """The world has no event topics: what happens in it is for drivers to notice."""
        return []

    @exported
    async def set_led(self, led: str, pattern: list[tuple[str, int]]) -> None:
        """Light a lamp."""
        self._world.light(led, pattern)

    @exported
    async def button_pressed(self) -> bool:
        """Feel whether the button is down."""
        return self._world.pressed

    @exported
    async def identity(self) -> str:
        """Read what is printed on the unit."""
        return json.dumps({"serial_number": self._world.serial_number})
