"""The I/O terminals of the simulated unit: a thin client of the simulated world."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from common.bus.connection import Connection
from common.bus.sim import SimInterface
from common.bus.suite import SIM
from common.errors import ApplianceError, Unavailable
from hw.ports import Level, Supervision
from hw.sim.terminals import PULL_UP_OHM, SUPPLY_V, TERMINALS

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2

_WORDS: Final = {True: "closed", False: "floating", None: "input"}


class SimulatedTerminals:
    """Hears of edges by a signal, and tells the world what is driven, in the order it was told.

    The world floats every output by itself when this daemon leaves the bus, as a real part does when its line is
    released.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sim = connection.proxy(SimInterface, SIM)
        self._driven: dict[int, bool | None] = {}
        self._orders: deque[tuple[int, bool | None]] = deque()
        self._wake = asyncio.Event()
        self._afresh = False
        self._heard = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return TERMINALS

    @property
    def supervision(self) -> Supervision | None:
        """How loops are fed."""
        return Supervision(SUPPLY_V, PULL_UP_OHM)

    def drive(self, port: int, closed: bool | None) -> None:
        """Make a terminal an output that is closed to ground or floats, or an input (None); returns at once."""
        self._driven[port] = closed
        self._orders.append((port, closed))
        self._wake.set()

    async def voltages(self) -> tuple[float, ...]:
        """Return what is measured at each terminal, in V to ground; raises `Unavailable`."""
        return tuple(await self._sim.terminal_voltages())

    async def run(self, changed: Callable[[Level], None]) -> None:
        """Call `changed` with each edge, and drive what is to be driven, until cancelled."""

        def signalled(port: int, closed: bool, monotonic_ns: int) -> None:
            self._heard += 1
            if not self._ordered(port):
                changed(Level(port, closed, monotonic_ns))

        await self._connection.subscribe(SimInterface.terminal, SIM, signalled)
        self._connection.watch(SIM, self._world_appeared)
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._catch_up(changed)
            except Unavailable as error:
                log.debug("the terminals cannot be reached now: %s", error)
                self._afresh = True
                await asyncio.sleep(RETRY_INTERVAL_S)
                if self._connection.present(SIM):
                    self._wake.set()

    async def _catch_up(self, changed: Callable[[Level], None]) -> None:
        """Carry out what was ordered; a world that comes back is told all that holds, and asked how things are."""
        ask = self._afresh
        if self._afresh:
            self._orders = deque(self._driven.items())
            self._afresh = False
        while self._orders:
            port, closed = self._orders[0]
            await self._order(port, closed)
            self._orders.popleft()
            ask |= closed is None
        if ask:
            await self._ask(changed)

    async def _order(self, port: int, closed: bool | None) -> None:
        try:
            await self._sim.drive_terminal(port, _WORDS[closed])
        except Unavailable:
            raise
        except ApplianceError as error:
            log.warning("terminal %d cannot be driven: %s, ignoring", port, error)

    async def _ask(self, changed: Callable[[Level], None]) -> None:
        while True:
            heard = self._heard
            levels = await self._sim.terminals()
            if heard == self._heard:
                break  # else a signal knows better than an answer given before it
        now = time.monotonic_ns()
        for port, closed in enumerate(levels):
            if not self._ordered(port):
                changed(Level(port, closed, now))

    def _ordered(self, port: int) -> bool:
        """Whether an order for a terminal is yet to be carried out: how it reads until then is not to be told."""
        return any(port == each for each, _closed in self._orders)

    def _world_appeared(self, present: bool) -> None:
        if present:
            self._afresh = True
            self._wake.set()
