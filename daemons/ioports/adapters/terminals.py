"""The ports at their terminals: edges in, drives out, time passing, voltages measured."""

import asyncio
import logging
import math
from collections.abc import Callable

from common.clock import Clock
from common.errors import ApplianceError
from daemons.ioports.params import INPUTS, OUTPUTS, PORTS, SUPERVISED_IO
from daemons.ioports.ports.ports import Ports, Tell
from daemons.ioports.ports.settings import GROUP
from hw.ports import Terminals

log = logging.getLogger(__name__)

MEASURE_INTERVAL_S = 0.05
PATIENCE_S = 3.0
"""How long after its start this daemon says nothing of its ports rather than that they are open, while it cannot
read them: who compares with what was told before would take that for a move."""
_LOOK_S = 0.01


class PortsAtWork:
    """The ports of a board, and what keeps them going; none on a board without terminals."""

    def __init__(
        self,
        terminals: Terminals | None,
        clock: Clock,
        tell: Tell,
        states_changed: Callable[[], None],
    ) -> None:
        self._terminals = terminals
        self._clock = clock
        self._measurable = terminals is not None and terminals.supervision is not None
        self.ports = Ports(
            clock,
            terminals.count if terminals is not None else 0,
            supervisable=self._measurable,
            drive=terminals.drive if terminals is not None else _nowhere,
            tell=tell,
            states_changed=states_changed,
            due_changed=self._due_changed,
        )
        self._timer: asyncio.TimerHandle | None = None
        self._supervising = asyncio.Event()
        self._measuring = asyncio.Lock()
        self._levels_mv: list[int] = []
        self._measured_at = -math.inf
        self._patient_until = clock.monotonic() + PATIENCE_S

    def facts(self) -> dict[str, str]:
        """Return what the parameters say of the board and of what its ports are now."""
        configurable = {
            f"{GROUP}.I{port}.Configurable": "yes" if port < self.ports.count else "no"
            for port in range(PORTS)
        }
        return configurable | {
            INPUTS.name: str(self.ports.count - self.ports.outputs),
            OUTPUTS.name: str(self.ports.outputs),
            SUPERVISED_IO.name: "yes" if self._measurable else "no",
        }

    async def run(self) -> None:
        """Work until cancelled; then every output floats (M-IO-07)."""
        if self._terminals is None:
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._terminals.run(self.ports.edge), name="terminals")
                tasks.create_task(self._measure(), name="supervision")
        finally:
            if self._timer is not None:
                self._timer.cancel()

    async def read(self) -> None:
        """Wait until it is known how every port is, but no longer than `PATIENCE_S` after the start."""
        while not self.ports.known and self._clock.monotonic() < self._patient_until:
            await asyncio.sleep(_LOOK_S)

    async def levels_mv(self) -> list[int]:
        """Return what is at each terminal, in mV to ground; empty where or while nothing can be measured.

        All who ask within `MEASURE_INTERVAL_S` share one measurement: the converter's bus is slow.
        """
        async with self._measuring:
            if self._clock.monotonic() - self._measured_at >= MEASURE_INTERVAL_S:
                self._levels_mv = await self._measured_mv()
                self._measured_at = self._clock.monotonic()
            return self._levels_mv

    async def _measured_mv(self) -> list[int]:
        if self._terminals is None or not self._measurable:
            return []
        try:
            voltages = await self._terminals.voltages()
        except ApplianceError as error:
            log.debug("the terminals cannot be measured now: %s", error)
            return []
        return [round(voltage * 1000) for voltage in voltages]

    async def _measure(self) -> None:
        while True:
            await self._supervising.wait()
            levels_mv = await self.levels_mv()
            if levels_mv:
                self.ports.measured(levels_mv)
            await asyncio.sleep(MEASURE_INTERVAL_S)

    def _due_changed(self) -> None:
        if self.ports.supervising:
            self._supervising.set()
        else:
            self._supervising.clear()
        if self._timer is not None:
            self._timer.cancel()
        due = self.ports.due()
        loop = asyncio.get_running_loop()
        self._timer = None if due is None else loop.call_at(due, self._advance)

    def _advance(self) -> None:
        self.ports.advance()
        self._due_changed()


def _nowhere(port: int, closed: bool | None) -> None:
    raise AssertionError("there is no terminal to drive")
