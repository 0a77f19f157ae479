"""The world's side of the bus: what simulated drivers may do to it."""

import asyncio
import json

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.sim import SimInterface
from common.errors import InvalidValue
from hw.sim.world import World

OUTPUTS = {"closed": True, "floating": False, "input": None}


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
    async def link_up(self) -> bool:
        """See whether the network cable is plugged in."""
        return self._world.linked

    @exported
    async def identity(self) -> str:
        """Read what is printed on the unit."""
        return json.dumps({"serial_number": self._world.serial_number})

    @exported
    async def select_input(self, type_: str, power: str) -> None:
        """Switch the jack of the audio input."""
        self._world.select_input(type_, power)

    @exported
    async def terminals(self) -> list[bool]:
        """Read each terminal."""
        return self._world.terminals.levels()

    @exported
    async def drive_terminal(self, port: int, output: str) -> None:
        """Switch a terminal's open drain."""
        if output not in OUTPUTS:
            raise InvalidValue(f"a terminal can be {', '.join(OUTPUTS)}")
        self._world.terminals.drive(port, OUTPUTS[output])

    @exported
    async def terminal_voltages(self) -> list[float]:
        """Measure at each terminal."""
        return self._world.terminals.voltages()

    @exported
    async def amplifier_protection(self) -> str:
        """Read the amplifier's fault lines."""
        return self._world.amplifier.protection

    @exported
    async def sense_amplifier(self, window_s: float) -> str:
        """Measure at the amplifier's terminals."""
        return json.dumps(await asyncio.to_thread(self._world.amplifier.sense, window_s))

    @exported
    async def reset_amplifier(self) -> None:
        """Switch the amplifier on again."""
        self._world.amplifier.reset()
