"""The manual trigger and its sequences."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from common.clock import SystemClock
from common.errors import InvalidValue
from common.topics import Event
from daemons.ioports.manual_trigger import ManualTrigger, Standing


@asynccontextmanager
async def running(part: ManualTrigger) -> AsyncIterator[None]:
    """Have it run as long as the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(part.run(), name="running")
        await asyncio.sleep(0)
        yield
        task.cancel()


class Told:
    """What was told, with the time."""

    def __init__(self) -> None:
        self.states: list[bool] = []
        self.times: list[float] = []

    def __call__(self, event: Event) -> None:
        """Note an event."""
        assert (event.topic, event.source) == ("tns1:Device/tnsaxis:IO/VirtualPort", {"port": "1"})
        self.states.append(event.data["state"] == "1")
        self.times.append(SystemClock().monotonic())

    async def count(self, number: int) -> None:
        """Wait for so many events."""
        async with asyncio.timeout(5):
            while len(self.states) < number:
                await asyncio.sleep(0.005)


async def test_a_sequence_goes_through_its_steps() -> None:
    """The first at once, the others in their time; the last stays."""
    told = Told()
    trigger = ManualTrigger(SystemClock(), told)
    async with running(trigger):
        await asyncio.sleep(0)
        trigger.start([("active", 60), ("inactive", 40), ("active", 0)])
        assert told.states == [True]
        await told.count(3)
        assert told.states == [True, False, True]
        assert told.times[1] - told.times[0] >= 0.06
        assert told.times[2] - told.times[0] >= 0.1
        await asyncio.sleep(0.05)
        assert trigger.active


async def test_a_newer_sequence_replaces_one_that_runs() -> None:
    """Nothing of the old one comes after it."""
    told = Told()
    trigger = ManualTrigger(SystemClock(), told)
    async with running(trigger):
        trigger.start([("active", 50), ("inactive", 50), ("active", 0)])
        await asyncio.sleep(0.01)
        trigger.start([("inactive", 0)])
        await asyncio.sleep(0.2)
        assert told.states == [True, False]


async def test_a_state_that_holds_already_is_no_event() -> None:
    """Only what changes is told."""
    told = Told()
    trigger = ManualTrigger(SystemClock(), told)
    trigger.start([("inactive", 0)])
    trigger.start([("active", 0)])
    trigger.start([("active", 0)])
    assert told.states == [True]
    assert trigger.event().data == {"state": "1"}


async def test_what_was_kept_goes_on_where_it_is_by_now() -> None:
    """Steps that were due meanwhile come at once, each; what is yet to come comes in its time."""
    clock, told = SystemClock(), Told()
    kept: list[Standing] = []
    before = ManualTrigger(clock, Told(), kept.append)
    before.start([("active", 10), ("inactive", 20), ("active", 60_000), ("inactive", 0)])
    await asyncio.sleep(0.05)
    after = ManualTrigger(clock, told, kept=kept[-1])
    assert after.active
    async with running(after):
        await told.count(2)
        await asyncio.sleep(0.05)
        assert told.states == [False, True]


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [("open", 0)],
        [("active", -1)],
        [("active", 0), ("inactive", 65536)],
        [("active", 0)] * 1001,
    ],
)
def test_what_is_no_sequence_is_refused(steps: list[tuple[str, int]]) -> None:
    """And nothing of it happens."""
    told = Told()
    with pytest.raises(InvalidValue):
        ManualTrigger(SystemClock(), told).start(steps)
    assert told.states == []
