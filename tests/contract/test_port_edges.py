"""Every edge is an event, in order and at its own time."""

import asyncio
import signal
import threading
from collections.abc import Callable

import pytest

from common.clock import SystemClock, wall_time
from tests.contract.ports_rig import DIGITAL_INPUT, PORT, Rig, ports_rig
from tests.contract.private_bus import PrivateBus, eventually

pytestmark = pytest.mark.alone

RATE_HZ = 500
EDGES = 5_000


def drive(rig: Rig, number: int, count: int, rate_hz: float) -> threading.Thread:
    """Toggle the contact at a terminal so many times; runs beside."""
    edges_ms = [index * 1000 / rate_hz for index in range(count)]
    thread = threading.Thread(target=rig.world.terminals.sequence(number, edges_ms))
    thread.start()
    return thread


def levels(rig: Rig) -> list[tuple[int, bool, int]]:
    """Return a list that fills with every edge of the world, beside what it tells the driver."""
    seen: list[tuple[int, bool, int]] = []
    tell = rig.world.terminals.on_level

    def level_changed(port: int, closed: bool, monotonic_ns: int) -> None:
        seen.append((port, closed, monotonic_ns))
        tell(port, closed, monotonic_ns)

    rig.world.terminals.on_level = level_changed
    return seen


async def test_500_edges_a_second_are_as_many_events_in_order(
    bus: PrivateBus, figure: Callable[[str], None]
) -> None:
    """Each with the time of its edge, through the events daemon to a subscriber; the other port at 50 in between."""
    async with ports_rig(bus) as rig:
        await rig.set(Input__Debounce=0)
        rig.heard.clear()
        edges = levels(rig)
        threads = [drive(rig, 1, EDGES, RATE_HZ), drive(rig, 2, EDGES // 10, RATE_HZ / 10)]
        for thread in threads:
            await asyncio.to_thread(thread.join)
        took_s = (edges[-1][2] - edges[0][2]) / 1e9
        await eventually(lambda: len(rig.states(PORT)) >= EDGES, "every edge")
        expected = ["1", "0"] * (EDGES // 2)
        assert rig.states(PORT) == expected
        assert rig.states(DIGITAL_INPUT, "LogicalState") == expected
        apart = wall_time(SystemClock(), 0.0)
        told = [each.at for each in rig.heard if each.topic == PORT and each.source["port"] == "0"]
        was = [apart + at / 1e9 for port, _closed, at in edges if port == 0]
        worst_s = max(abs(a - b) for a, b in zip(told, was, strict=True))
        assert worst_s < 0.001, "the time of an event is that of its edge"
        assert EDGES / took_s > 0.95 * RATE_HZ
        figure(
            f"{EDGES / took_s:.0f} edges/s, {len(rig.heard)} events, times within {worst_s:.6f} s"
        )


@pytest.mark.parametrize("bounce_ms", [1, 100])
async def test_a_contact_that_bounces_is_one_event(bus: PrivateBus, bounce_ms: float) -> None:
    """A level counts once it has stood for the whole time, and then as of its end."""
    async with ports_rig(bus) as rig:
        await rig.set(Input__Debounce=250)
        edges = levels(rig)
        await asyncio.to_thread(drive(rig, 1, 9, 1000 / bounce_ms).join)
        await eventually(lambda: rig.states(PORT) == ["1"], "closed, once")
        await asyncio.sleep(0.3)
        assert rig.states(PORT) == ["1"]
        apart = wall_time(SystemClock(), 0.0)
        settled = next(each.at for each in rig.heard if each.topic == PORT)
        assert settled == pytest.approx(apart + edges[-1][2] / 1e9 + 0.250, abs=0.001)


async def test_the_debounce_is_live(bus: PrivateBus) -> None:
    """A longer one swallows what a shorter one lets through."""
    async with ports_rig(bus) as rig:
        await rig.set(Input__Debounce=500)
        await asyncio.to_thread(drive(rig, 1, 4, 10).join)
        await asyncio.sleep(0.6)
        assert rig.states(PORT) == []
        await rig.set(Input__Debounce=0)
        await asyncio.to_thread(drive(rig, 1, 4, 10).join)
        await eventually(lambda: rig.states(PORT) == ["1", "0", "1", "0"], "every edge")


@pytest.mark.parametrize("who", ["ioports", "events"])
async def test_who_sleeps_loses_nothing(bus: PrivateBus, who: str) -> None:
    """The broker keeps what is not read: here for 3 s at full rate, then all of it comes at once."""
    async with ports_rig(bus) as rig:
        await rig.set(Input__Debounce=0)
        rig.heard.clear()
        process = (rig.daemon if who == "ioports" else rig.events).process
        thread = drive(rig, 1, 2 * RATE_HZ, RATE_HZ)
        await asyncio.sleep(0.1)
        process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(3.0)
            before = len(rig.states(PORT))
        finally:
            process.send_signal(signal.SIGCONT)
        await asyncio.to_thread(thread.join)
        await eventually(lambda: len(rig.states(PORT)) >= 2 * RATE_HZ, "every edge")
        assert before < RATE_HZ, "it slept indeed"
        assert rig.states(PORT) == ["1", "0"] * RATE_HZ


async def test_each_pulse_of_an_output_reaches_its_terminal(bus: PrivateBus) -> None:
    """In order, however short: the world sees as many edges as were asked for."""
    async with ports_rig(bus) as rig:
        await rig.change(direction="output")
        edges = levels(rig)
        await rig.ioports.run_sequence(0, [("active", 2), ("inactive", 2)] * 100)
        await eventually(lambda: len(edges) >= 200, "every edge")
        assert [closed for _port, closed, _at in edges] == [True, False] * 100
        assert not (await rig.port())["sequence"]
