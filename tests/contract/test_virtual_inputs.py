"""Virtual inputs, the manual trigger and pretended inputs on a real bus, with whoever listens to events."""

import math

import pytest

from common.bus.suite import IOPORTS
from common.errors import InvalidValue, NotFound
from tests.contract.ports_rig import IO, PORT, Rig, ports_rig
from tests.contract.private_bus import PrivateBus, eventually

INPUT, TRIGGER = f"{IO}VirtualInput", f"{IO}VirtualPort"


def active(rig: Rig, number: int) -> list[str]:
    """Return what was heard of a virtual input."""
    return rig.states(INPUT, "active", number)


async def now_active(rig: Rig) -> set[int]:
    """Return which virtual inputs are active."""
    told = await rig.ioports.virtual_inputs()
    return {number for number, active in enumerate(told, start=1) if active}


async def test_each_change_is_an_event(bus: PrivateBus) -> None:
    """For good, with an end, as a pulse; all 64 have a state from the start."""
    async with ports_rig(bus) as rig:
        assert len(await rig.current(INPUT)) == 64
        assert await rig.ioports.set_virtual_input(5, True, -1.0)
        assert not await rig.ioports.set_virtual_input(5, True, 0.2)
        assert await rig.ioports.set_virtual_input(64, True, 0.0)
        await eventually(lambda: active(rig, 5)[-2:] == ["1", "0"], "both edges")
        await eventually(lambda: active(rig, 64)[-2:] == ["1", "0"], "the pulse")
        assert await now_active(rig) == set()


async def test_a_thousand_pulses_are_two_thousand_events(bus: PrivateBus) -> None:
    """As fast as they can be asked for, none is lost."""
    async with ports_rig(bus) as rig:
        before = len(active(rig, 1))
        for _ in range(1000):
            await rig.ioports.set_virtual_input(1, True, 0.0)
        await eventually(lambda: len(active(rig, 1)) - before == 2000, "every edge")
        assert active(rig, 1)[before:] == ["1", "0"] * 1000


async def test_they_outlive_the_daemon_and_not_the_unit(bus: PrivateBus) -> None:
    """What ended while it was dead is told when it is back; another start of the unit knows of none."""
    async with ports_rig(bus) as rig:
        await rig.ioports.set_virtual_input(1, True, -1.0)
        await rig.ioports.set_virtual_input(2, True, 60.0)
        await rig.ioports.set_virtual_input(3, True, 0.3)
        await eventually(lambda: active(rig, 3)[-1:] == ["1"], "the third")
        rig.daemon.kill()
        await rig.start_again()
        assert await now_active(rig) >= {1, 2}
        await eventually(lambda: active(rig, 3)[-1:] == ["0"], "its end")
        assert active(rig, 1)[-1] == active(rig, 2)[-1] == "1"
        rig.daemon.kill()
        rig.daemon = await bus.start(IOPORTS, C8210_BOOT_ID="0b2f6c2e-0000-4000-8000-000000000001")
        assert await now_active(rig) == set()
        await eventually(lambda: active(rig, 1)[-1] == "0", "inactive after a restart")


async def test_the_trigger_goes_through_its_steps(bus: PrivateBus) -> None:
    """A newer sequence replaces one that runs."""
    async with ports_rig(bus) as rig:
        assert await rig.current(TRIGGER) == {"1": {"state": "0"}}
        before = len(rig.states(TRIGGER, port=1))
        await rig.ioports.run_manual_trigger(
            [("active", 100), ("inactive", 100), ("active", 60_000)]
        )
        await eventually(lambda: rig.states(TRIGGER, port=1)[before:] == ["1", "0", "1"], "three")
        await rig.ioports.run_manual_trigger([("inactive", 0)])
        await eventually(lambda: rig.states(TRIGGER, port=1)[before + 3 :] == ["0"], "the end")


async def test_the_trigger_outlives_the_daemon_and_not_the_unit(bus: PrivateBus) -> None:
    """Its sequence goes on where it is by then; who only watches sees no move that nobody made."""
    async with ports_rig(bus) as rig:
        await rig.ioports.run_manual_trigger([("active", 0)])
        await eventually(lambda: rig.states(TRIGGER, port=1) == ["1"], "active")
        rig.daemon.kill()
        await rig.start_again()
        await rig.ioports.run_manual_trigger([("active", 300), ("inactive", 200), ("active", 0)])
        rig.daemon.kill()
        await rig.start_again()
        await eventually(lambda: rig.states(TRIGGER, port=1) == ["1", "0", "1"], "to the end")
        rig.daemon.kill()
        rig.daemon = await bus.start(IOPORTS, C8210_BOOT_ID="0b2f6c2e-0000-4000-8000-000000000001")
        await eventually(lambda: len(rig.states(TRIGGER, port=1)) > 3, "a restart ends it")
        assert rig.states(TRIGGER, port=1) == ["1", "0", "1", "0"]


async def test_a_pretended_input_is_an_event_like_a_real_one(bus: PrivateBus) -> None:
    """On the topic of the port; what somebody connects counts as well."""
    async with ports_rig(bus) as rig:
        before = len(rig.states(PORT))
        await rig.ioports.pretend_input(0, [("active", 200), ("inactive", 0)])
        view = await rig.port()
        assert (view["active"], view["state"]) == (True, "open")
        await eventually(lambda: rig.states(PORT)[before:] == ["1", "0"], "both edges")
        await rig.change(direction="output")
        with pytest.raises(InvalidValue):
            await rig.ioports.pretend_input(0, [("active", 0)])


async def test_nonsense_is_refused(bus: PrivateBus) -> None:
    """And changes nothing."""
    async with ports_rig(bus) as rig:
        for number in (0, 65, 2**32 - 1):
            with pytest.raises(NotFound):
                await rig.ioports.set_virtual_input(number, True, 1.0)
        for duration_s in (math.nan, math.inf, 1e300):
            with pytest.raises(InvalidValue):
                await rig.ioports.set_virtual_input(1, True, duration_s)
        for steps in ([], [("open", 0)], [("active", 70_000)], [("active", 0)] * 1001):
            with pytest.raises(InvalidValue):
                await rig.ioports.run_manual_trigger(steps)
        with pytest.raises(NotFound):
            await rig.ioports.pretend_input(2, [("active", 0)])
        assert await now_active(rig) == set()
        assert await rig.current(TRIGGER) == {"1": {"state": "0"}}
