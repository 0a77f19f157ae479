"""Whether the unit is ready, and finding it, with several daemons at work."""

import asyncio

import pytest

from common.bus.events import EventsInterface
from common.bus.suite import EVENTS, IOPORTS, MQTT, NETWORK, SIP
from common.errors import Conflict, InvalidValue
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import listening, working_unit

STARTING = [("amber", 0)]
NORMAL = [("green", 0)]
LOCATE = [("red", 200), ("green", 200)]


@pytest.mark.covers("M-LED-01", "M-LED-02", part="whole unit")
async def test_the_unit_is_ready_when_every_daemon_is_there(bus: PrivateBus) -> None:
    """The lamp turns green, the event says so, and who waited is answered."""
    async with working_unit(bus) as unit:
        ready: list[str] = []
        await unit.http.subscribe(
            EventsInterface.happened,
            EVENTS,
            lambda topic, _source, data, _at: (
                ready.append(data["ready"]) if "SystemReady" in topic else None
            ),
        )
        for member in (IOPORTS, EVENTS, NETWORK, MQTT, SIP):
            await bus.start(member)
        await eventually(lambda: ready == ["0"], "not ready yet")
        await eventually(lambda: unit.world.lamps["status"].pattern == STARTING, "amber")
        assert not await unit.as_http.ready(0.0)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(unit.as_http.ready(9.0), name="waiting")
            async with listening(bus):
                assert await waiting
                await eventually(lambda: unit.world.lamps["status"].pattern == NORMAL, "green")
                await eventually(lambda: ready == ["0", "1"], "the event")
        await eventually(lambda: ready == ["0", "1", "0"], "the audio daemon is gone")
        with pytest.raises(InvalidValue):
            await unit.as_http.ready(-1.0)


async def test_a_killed_ioports_shows_soon_that_the_unit_runs(bus: PrivateBus) -> None:
    """It begins with amber, and the system daemon tells it the truth."""
    async with working_unit(bus) as unit, listening(bus):
        ioports = await bus.start(IOPORTS)
        for member in (EVENTS, NETWORK, MQTT, SIP):
            await bus.start(member)
        await eventually(lambda: unit.world.lamps["status"].pattern == NORMAL, "green")
        await unit.as_http.locate(600.0)
        await eventually(lambda: unit.world.lamps["status"].pattern == LOCATE, "located")
        ioports.kill()
        unit.world.light("status", [("off", 0)])
        await bus.start(IOPORTS)
        await eventually(lambda: unit.world.lamps["status"].pattern == LOCATE, "located again")
        await unit.as_http.locate(0.0)
        await eventually(lambda: unit.world.lamps["status"].pattern == NORMAL, "green")


@pytest.mark.covers("M-STA-04", "M-LED-06", part="sound and LED")
async def test_a_located_unit_is_seen_and_heard_until_stopped(bus: PrivateBus) -> None:
    """By one person at a time."""
    async with working_unit(bus) as unit, listening(bus) as listener:
        await bus.start(IOPORTS)
        await unit.as_http.locate(30.0)
        await eventually(lambda: unit.world.lamps["status"].pattern == LOCATE, "red and green")
        assert listener.located == [30]
        with pytest.raises(Conflict):
            await unit.as_http.locate(30.0)
        with pytest.raises(InvalidValue):
            await unit.as_http.locate(3601.0)
        await unit.as_http.locate(0.0)
        await eventually(lambda: unit.world.lamps["status"].pattern != LOCATE, "as before")
        assert listener.located == [30, 0]


async def test_a_unit_without_sound_and_lamps_takes_the_wish_all_the_same(bus: PrivateBus) -> None:
    """The lamps are told as soon as there are some."""
    async with working_unit(bus) as unit:
        await unit.as_http.locate(600.0)
        await bus.start(IOPORTS)
        await eventually(lambda: unit.world.lamps["status"].pattern == LOCATE, "red and green")
