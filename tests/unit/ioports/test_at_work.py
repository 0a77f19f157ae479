"""The ports at their terminals: how often a voltage is measured, and how long nothing is known."""

import asyncio
from collections.abc import Callable

from common.clock import ManualClock
from common.errors import Unavailable
from daemons.ioports.adapters.terminals import MEASURE_INTERVAL_S, PATIENCE_S, PortsAtWork
from hw.ports import Level, Supervision


class SlowTerminals:
    """Two terminals behind a slow bus."""

    count = 2
    supervision = Supervision(3.3, 4_700)

    def __init__(self) -> None:
        self.measured = 0
        self.there = True

    async def run(self, changed: Callable[[Level], None]) -> None:
        """Nothing moves."""

    def drive(self, port: int, closed: bool | None) -> None:
        """Nobody looks."""

    async def voltages(self) -> tuple[float, ...]:
        """Take a turn of the loop."""
        self.measured += 1
        await asyncio.sleep(0)
        if not self.there:
            raise Unavailable("the converter is away")
        return 0.001 * self.measured, 3.3


async def test_many_who_ask_share_one_measurement() -> None:
    """Those at the same time, and those soon after it; later it is measured anew."""
    terminals, clock = SlowTerminals(), ManualClock()
    at_work = PortsAtWork(terminals, clock, lambda event, at: None, lambda: None)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(at_work.levels_mv(), name="somebody") for _ in range(20)]
    assert all(task.result() == [1, 3300] for task in asked)
    clock.advance(MEASURE_INTERVAL_S * 0.9)
    assert await at_work.levels_mv() == [1, 3300]
    assert terminals.measured == 1
    clock.advance(MEASURE_INTERVAL_S * 0.2)
    assert await at_work.levels_mv() == [2, 3300]
    terminals.there = False
    clock.advance(MEASURE_INTERVAL_S * 2)
    assert await at_work.levels_mv() == []
    assert await at_work.levels_mv() == []
    assert terminals.measured == 3


async def test_who_asks_at_the_start_is_told_once_the_terminals_are_read() -> None:
    """All of them; but where they cannot be read, nobody waits for ever."""
    clock = ManualClock()
    at_work = PortsAtWork(SlowTerminals(), clock, lambda event, at: None, lambda: None)
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(at_work.read(), name="somebody")
        for port in (0, 1):
            await asyncio.sleep(0.05)
            assert not asked.done()
            at_work.ports.edge(Level(port, True, 0))
    never = PortsAtWork(SlowTerminals(), clock, lambda event, at: None, lambda: None)
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(never.read(), name="somebody")
        clock.advance(PATIENCE_S - 0.1)
        await asyncio.sleep(0.05)
        assert not asked.done()
        clock.advance(0.2)
    await PortsAtWork(None, clock, lambda event, at: None, lambda: None).read()
