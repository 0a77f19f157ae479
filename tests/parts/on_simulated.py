"""The simulated board's drivers, before the simulated world."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from common.bus.connection import Connection
from common.bus.suite import AUDIO, IOPORTS
from hw.drivers.simulated_amplifier import SimulatedAmplifier
from hw.drivers.simulated_button import SimulatedButton
from hw.drivers.simulated_leds import SimulatedLeds
from hw.drivers.simulated_terminals import SimulatedTerminals
from hw.ports import Led, Protection
from hw.sim.world import now_ms
from tests.contract.private_bus import PrivateBus
from tests.contract.unit_at_work import WatchedWorld, simulated_world
from tests.parts.bench import PORTS, Bench


class SimulatedBench(Bench):
    """Drivers that are clients of the world, over the bus."""

    runs_once = "the simulated world floats outputs when the daemon leaves the bus, not before"

    def __init__(
        self,
        bus: PrivateBus,
        tasks: asyncio.TaskGroup,
        connection: Connection,
        audio: Connection,
    ) -> None:
        self._bus = bus
        self._tasks = tasks
        self._world: WatchedWorld | None = None
        self._stop = asyncio.Event()
        self._living: asyncio.Task[None] | None = None
        self._closed = [False] * PORTS
        self.terminals = SimulatedTerminals(connection)
        self.leds = SimulatedLeds(connection)
        self.button = SimulatedButton(connection)
        self.amplifier = SimulatedAmplifier(audio)

    async def connect(self, port: int, closed: bool) -> None:
        """Close or open the contact."""
        self._closed[port] = closed
        if self._world is not None:
            self._connect(self._world, port)

    async def toggle(self, port: int, edges: int) -> None:
        """Toggle it by a sequence of the world."""
        assert self._world is not None
        gap_ms = self.edge_gap_s * 1000
        times = [edge * gap_ms for edge in range(edges)]
        await asyncio.to_thread(self._world.terminals.sequence(port + 1, times))

    def closes(self, port: int) -> bool:
        """Look at the lamp that the output lights."""
        return self._world is not None and bool(self._world.terminals.describe()[port]["lamp"])

    async def put_volts(self, volts: Sequence[float]) -> None:
        """Apply foreign voltages."""
        assert self._world is not None
        for port, each in enumerate(volts):
            self._world.terminals.connect(port + 1, {"applied_v": each})

    def shows(self, led: Led) -> list[tuple[str, int]]:
        """Look at a lamp."""
        assert self._world is not None
        return self._world.lamps[led.value].pattern

    def colour(self, led: Led) -> str:
        """Look at a lamp now."""
        assert self._world is not None
        return self._world.lamps[led.value].colour(now_ms())

    async def press(self, pressed: bool) -> None:
        """Press or release the button."""
        assert self._world is not None
        self._world.press(pressed)

    async def harm(self, why: Protection) -> None:
        """Make a fault of the world."""
        assert self._world is not None
        self._world.amplifier.connect({"fault": None if why is Protection.OK else why.value})

    async def lose(self) -> None:
        """End the world."""
        self._stop.set()
        if self._living is not None:
            await self._living
        self._living = None

    async def find(self) -> None:
        """Start another."""
        begun = asyncio.Event()
        self._stop.clear()
        self._living = self._tasks.create_task(self._live(begun), name="simulated world")
        await begun.wait()

    async def _live(self, begun: asyncio.Event) -> None:
        async with simulated_world(self._bus) as world:
            self._world = world
            for port in range(PORTS):
                self._connect(world, port)
            begun.set()
            await self._stop.wait()
            self._world = None

    def _connect(self, world: WatchedWorld, port: int) -> None:
        circuit = "closed" if self._closed[port] else "open"
        world.terminals.connect(port + 1, {"circuit": circuit})


@asynccontextmanager
async def simulated_bench(bus: PrivateBus) -> AsyncIterator[SimulatedBench]:
    """A bench before a world of its own."""
    async with (
        asyncio.TaskGroup() as tasks,
        bus.joined(IOPORTS) as connection,
        bus.joined(AUDIO) as audio,
    ):
        bench = SimulatedBench(bus, tasks, connection, audio)
        await bench.find()
        yield bench
        await bench.lose()
