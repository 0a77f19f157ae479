"""What every kind of parts does alike: simulated ones, the HAT's drivers on fakes of the kernel, and on gpio-sim.

gpio-sim makes real GPIO lines without hardware. Most kernels of desktops and containers lack it; where it is,
`C8210_GPIO_SIM=1` has these tests use it, and fail where they cannot.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from common.errors import Unavailable
from daemons.ioports.led_table import TABLE, Cause
from hw.ports import Colour, Led, Protection, Step, steady
from tests.contract.private_bus import eventually, private_bus
from tests.parts.bench import PORTS, Bench, Heard
from tests.parts.gpio_sim import gpio_sim_bench, why_no_gpio_sim
from tests.parts.on_fakes import fake_bench
from tests.parts.on_simulated import simulated_bench

EDGES = 1_000


@pytest.fixture(params=["simulated", "fakes", "gpio-sim"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """Each kind of parts in turn."""
    if request.param == "simulated":
        with private_bus() as bus:
            async with simulated_bench(bus) as simulated:
                yield simulated
    elif request.param == "fakes":
        with fake_bench(tmp_path) as fakes:
            yield fakes
    else:
        if why := why_no_gpio_sim():
            pytest.skip(why)
        with gpio_sim_bench(tmp_path) as lines:
            yield lines


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[Heard]:
    """Run the driver of the terminals, until the block ends."""
    heard = Heard()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bench.terminals.run(heard), name="terminals")
        await eventually(
            lambda: all(heard.now(port) is not None for port in range(PORTS)), "the first levels"
        )
        yield heard
        task.cancel()


async def test_the_level_at_the_start_is_told(bench: Bench) -> None:
    """One that is closed already, one with nothing connected."""
    await bench.connect(0, True)
    async with running(bench) as heard:
        assert [(level.port, level.closed) for level in heard.levels] == [(0, True), (1, False)]


async def test_no_edge_is_lost_and_each_has_its_time(bench: Bench) -> None:
    """500 a second at both terminals at once: in order, at times that rise, all of them."""
    async with running(bench) as heard:
        async with asyncio.TaskGroup() as hands:
            for port in range(PORTS):
                hands.create_task(bench.toggle(port, EDGES), name="hand")
        await eventually(lambda: len(heard.levels) >= PORTS * (1 + EDGES), "the last edge")
        for port in range(PORTS):
            told = heard.of(port)
            assert [level.closed for level in told] == [False, *([True, False] * (EDGES // 2))]
            times = [level.monotonic_ns for level in told]
            assert times == sorted(set(times))
            took_s = (times[-1] - times[1]) / 1e9
            assert took_s >= (EDGES - 1) * bench.edge_gap_s * 0.9, "times of edges, not of hearing"


async def test_edges_wait_while_nobody_fetches_them(bench: Bench) -> None:
    """A busy loop loses nothing, and what it hears late has the time at which it was."""
    async with running(bench) as heard:
        hand = threading.Thread(target=lambda: asyncio.run(bench.toggle(0, 100)))
        hand.start()
        time.sleep(0.3)  # noqa: ASYNC251  # keeps the loop from everything: that is what is tried
        hand.join()
        await eventually(lambda: len(heard.of(0)) == 101, "the last edge")
        times = [level.monotonic_ns for level in heard.of(0)][1:]
        gaps = [(later - earlier) / 1e9 for earlier, later in pairwise(times)]
        assert max(gaps) < 0.2


@pytest.mark.covers("M-HW-09", part="the drivers' side")
async def test_an_output_closes_floats_and_reads_as_it_is_driven(bench: Bench) -> None:
    """At once, and back to an input at last."""
    async with running(bench) as heard:
        for closed in (True, False, True):
            bench.terminals.drive(1, closed)
            await eventually(partial(_is_driven, bench, heard, closed), "the output and its level")
        assert not bench.closes(0)
        bench.terminals.drive(1, None)
        await eventually(lambda: not bench.closes(1), "that it floats")
        await eventually(lambda: heard.now(1) is False, "its level as an input")
        await bench.connect(1, True)
        await eventually(lambda: heard.now(1) is True, "an edge of the input")


def _is_driven(bench: Bench, heard: Heard, closed: bool) -> bool:
    return bench.closes(1) is closed and heard.now(1) is closed


async def test_what_was_driven_is_not_told_of_the_input_that_follows(bench: Bench) -> None:
    """However soon that is: it would be taken for an edge of the input."""
    async with running(bench) as heard:
        for _ in range(20):
            begin = len(heard.of(1))
            bench.terminals.drive(1, True)
            bench.terminals.drive(1, None)
            await eventually(partial(_told_since, heard, begin), "its level as an input")
        assert not any(level.closed for level in heard.of(1))


def _told_since(heard: Heard, begin: int) -> bool:
    return len(heard.of(1)) > begin


async def test_every_output_floats_when_the_driver_ends(bench: Bench) -> None:
    """And does what it was told before as soon as it runs again."""
    if bench.runs_once:
        pytest.skip(bench.runs_once)
    async with running(bench):
        for port in range(PORTS):
            bench.terminals.drive(port, True)
        await eventually(lambda: all(map(bench.closes, range(PORTS))), "both outputs")
    assert not any(map(bench.closes, range(PORTS)))
    async with running(bench) as heard:
        assert all(map(bench.closes, range(PORTS)))
        assert [heard.now(port) for port in range(PORTS)] == [True, True]


async def test_voltages_are_measured(bench: Bench) -> None:
    """In V to ground at the terminal, to 20 mV."""
    for volts in ((0.0, 3.3), (1.65, 2.2), (30.0, 0.5)):
        try:
            await bench.put_volts(volts)
        except NotImplementedError:
            pytest.skip(bench.lacks)
        assert await bench.terminals.voltages() == pytest.approx(volts, abs=0.02)


async def test_what_goes_away_is_told_anew_when_it_comes_back(bench: Bench) -> None:
    """How each terminal reads then; and outputs are driven again."""
    async with running(bench) as heard:
        bench.terminals.drive(1, True)
        await eventually(lambda: heard.now(1) is True, "the output")
        await bench.lose()
        await bench.connect(0, True)
        await bench.find()
        await eventually(lambda: heard.now(0) is True, "the terminal as it reads now")
        await eventually(lambda: bench.closes(1), "the output again")


PATTERNS = [*TABLE, Cause("off", Led.SPEAKER, steady(Colour.OFF))]


@pytest.mark.parametrize("cause", PATTERNS, ids=lambda cause: cause.name)
async def test_each_pattern_of_the_table_is_shown(bench: Bench, cause: Cause) -> None:
    """Colours and times as the table has them."""
    if bench.leds is None:
        pytest.skip(bench.lacks)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bench.leds.run(), name="lamps")
        bench.leds.show(cause.led, steady(Colour.RED))
        await eventually(lambda: _shows(bench, cause.led, [("red", 0)]), "red")
        bench.leds.show(cause.led, cause.pattern)
        wanted = [(step.colour.value, step.duration_ms) for step in cause.pattern]
        await eventually(lambda: _shows(bench, cause.led, wanted), cause.name)
        task.cancel()


def _shows(bench: Bench, led: Led, wanted: list[tuple[str, int]]) -> bool:
    try:
        return bench.shows(led) == wanted
    except (AssertionError, FileNotFoundError):
        return False  # before or between the writes to its two LEDs


async def test_an_eye_sees_the_rhythm(bench: Bench) -> None:
    """Red and green in turn, as long as each was asked for."""
    if bench.leds is None or bench.colour(Led.STATUS) is None:
        pytest.skip("nothing is lit by these parts")
    pattern = (Step(Colour.RED, 200), Step(Colour.GREEN, 200))
    seen: list[tuple[str | None, float]] = []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bench.leds.run(), name="lamps")
        bench.leds.show(Led.STATUS, pattern)
        await eventually(lambda: _shows(bench, Led.STATUS, [("red", 200), ("green", 200)]), "it")
        end = time.monotonic() + 3
        while (now := time.monotonic()) < end:
            colour = bench.colour(Led.STATUS)
            if not seen or seen[-1][0] != colour:
                seen.append((colour, now))
            await asyncio.sleep(0.005)
        task.cancel()
    for wanted in ("red", "green"):
        lasted = [later[1] - at for (colour, at), later in pairwise(seen) if colour == wanted]
        assert 0.15 < median(lasted[1:]) < 0.25, seen


@pytest.mark.parametrize("held", [False, True])
async def test_the_button_is_felt_at_the_start_and_as_it_moves(bench: Bench, held: bool) -> None:
    """Held while power comes, too."""
    if bench.button is None:
        pytest.skip(bench.lacks)
    felt: list[bool] = []
    await bench.press(held)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bench.button.run(felt.append), name="button")
        await eventually(lambda: felt == [held], "the button at the start")
        for pressed in (not held, held, not held):
            await bench.press(pressed)
        await eventually(lambda: felt == [held, not held, held, not held], "each move")
        task.cancel()


@pytest.mark.parametrize("why", [Protection.OVERCURRENT, Protection.OVERTEMPERATURE])
async def test_a_trip_is_told_with_its_reason_and_stays_until_a_reset(
    bench: Bench, why: Protection
) -> None:
    """A reset tries again; while what is wrong is still there it trips again."""
    if bench.amplifier is None:
        pytest.skip(bench.lacks)
    told: list[Protection] = []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bench.amplifier.run(told.append), name="amplifier")
        await eventually(lambda: told == [Protection.OK], "the state at the start")
        await bench.harm(why)
        await eventually(lambda: told == [Protection.OK, why], "the trip")
        await bench.amplifier.reset()
        await eventually(lambda: told[2:] == [Protection.OK, why], "the next trip")
        await bench.harm(Protection.OK)
        await bench.amplifier.reset()
        await eventually(lambda: told[4:] == [Protection.OK], "the end of it")
        task.cancel()


async def test_an_amplifier_that_is_away_cannot_be_reset_and_is_told_anew(bench: Bench) -> None:
    """The caller hears at once that it is away, and of a trip meanwhile when it is back."""
    if bench.amplifier is None:
        pytest.skip(bench.lacks)
    told: list[Protection] = []
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bench.amplifier.run(told.append), name="amplifier")
        await eventually(lambda: bool(told), "the state at the start")
        await bench.lose()
        with pytest.raises(Unavailable):
            await bench.amplifier.reset()
        await bench.find()
        await bench.harm(Protection.OVERCURRENT)
        await eventually(lambda: told[-1] is Protection.OVERCURRENT, "a trip after it is back")
        task.cancel()
