"""A unit without sound for contract tests: params and system as processes, the simulated world in the test."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.suite import AUDIO, HTTP, IOPORTS, PARAMS, SIM, SYSTEM
from common.bus.system import SystemInterface
from hw.sim.service import SimService
from hw.sim.world import World
from tests.contract.private_bus import PrivateBus, RunningDaemon

SERIAL_NUMBER = "02C821000001"


class WatchedWorld(World):
    """A world before which somebody stands and notes what each lamp showed."""

    def __init__(self) -> None:
        super().__init__(SERIAL_NUMBER)
        self.shown: dict[str, list[list[tuple[str, int]]]] = {lamp: [] for lamp in self.lamps}

    def light(self, lamp: str, pattern: list[tuple[str, int]]) -> None:
        super().light(lamp, pattern)
        self.shown[lamp].append(list(pattern))


@asynccontextmanager
async def simulated_world(bus: PrivateBus) -> AsyncIterator[WatchedWorld]:
    """Be the simulated world, without its sound card."""
    async with bus.joined(SIM) as connection:
        world = WatchedWorld()
        export = connection.export(lambda: SimService(connection, world))

        def moved(pressed: bool) -> None:
            if export.current is not None:
                export.current.button.emit(pressed)

        def linked(connected: bool) -> None:
            if export.current is not None:
                export.current.link.emit(connected)

        def tripped_or_reset() -> None:
            if export.current is not None:
                export.current.protection.emit(world.amplifier.protection)

        def level_changed(port: int, closed: bool, monotonic_ns: int) -> None:
            loop.call_soon_threadsafe(tell_level, port, closed, monotonic_ns)

        def tell_level(port: int, closed: bool, monotonic_ns: int) -> None:
            if export.current is not None:
                export.current.terminal.emit((port, closed, monotonic_ns))

        loop = asyncio.get_running_loop()
        world.on_button = moved
        world.on_link = linked
        world.amplifier.on_protection = tripped_or_reset
        world.terminals.on_level = level_changed
        connection.watch(IOPORTS, world.driver_present)
        yield world


@dataclass
class WorkingUnit:
    """The parts of the unit, as the HTTP edge sees them."""

    bus: PrivateBus
    world: WatchedWorld
    params: RunningDaemon
    system: RunningDaemon
    http: Connection

    @property
    def as_http(self) -> SystemInterface:
        """The system daemon as the HTTP edge calls it."""
        return self.http.proxy(SystemInterface, SYSTEM)

    async def start_system_again(self, **environment: str) -> None:
        """Kill the system daemon as a crash would, and start it again."""
        self.system.kill()
        self.system = await self.bus.start(SYSTEM, **environment)


@asynccontextmanager
async def working_unit(bus: PrivateBus, **environment: str) -> AsyncIterator[WorkingUnit]:
    """Run params and system, and be the HTTP edge."""
    async with simulated_world(bus) as world, bus.joined(HTTP) as http:
        params = await bus.start(PARAMS)
        system = await bus.start(SYSTEM, **environment)
        yield WorkingUnit(bus, world, params, system, http)


class CommandSocket:
    """Stands where the development supervisor takes commands."""

    def __init__(self, bus: PrivateBus) -> None:
        self.path = str(bus.runtime / "supervisor")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(self.path)

    async def command(self) -> str:
        """Return the next command."""
        async with asyncio.timeout(10):
            return (await asyncio.get_running_loop().sock_recv(self._socket, 64)).decode()

    def quiet(self) -> bool:
        """Whether no command is waiting."""
        try:
            self._socket.recv(64, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._socket.close()


class Listener(AudioInterface):
    """Stands in for the audio daemon: notes for how long the locate sound was asked for."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection
        self.located: list[float] = []

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        return []

    @exported
    async def locate(self, duration_s: float) -> None:
        self.located.append(duration_s)

    @exported
    async def status(self) -> str:
        return json.dumps({"realtime": True})


@asynccontextmanager
async def listening(bus: PrivateBus) -> AsyncIterator[Listener]:
    """Be the audio daemon, as far as the system daemon needs it."""
    async with bus.joined(AUDIO) as connection:
        listener = Listener(connection)
        connection.export(lambda: listener)
        yield listener
