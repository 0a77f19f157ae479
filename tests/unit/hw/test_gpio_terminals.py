"""Terminals on GPIO lines, where the kernel or another process does not do as one would like."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from gpiod import LineSettings

from common.errors import Unavailable
from hw.boards import c8210_hat as hat
from hw.drivers import gpio_terminals
from hw.drivers.gpio_chips import GpioChips
from tests.contract.private_bus import eventually
from tests.parts.bench import Heard
from tests.parts.fake_gpio import MOST_QUEUED
from tests.parts.on_fakes import FakeBench, fake_bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBench]:
    """The HAT on fakes, tried anew soon after each failure."""
    monkeypatch.setattr(gpio_terminals, "RETRY_INTERVAL_S", 0.02)
    with fake_bench(tmp_path) as bench:
        yield bench


@asynccontextmanager
async def running(bench: FakeBench) -> AsyncIterator[Heard]:
    """Run the terminals until the block ends."""
    heard = Heard()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(bench.terminals.run(heard), name="terminals")
        await asyncio.sleep(0.05)
        yield heard
        task.cancel()


async def test_what_the_kernel_has_no_room_for_is_said_and_read_anew(
    bench: FakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    """The oldest edges go; the level at the end is right nevertheless, and the log counts what is missing."""
    async with running(bench) as heard:
        for edge in range(MOST_QUEUED + 11):
            bench.stage.connect(0, edge % 2 == 0)
        await eventually(lambda: heard.now(0) is True, "the level at the end")
        await asyncio.sleep(0.05)
        times = [level.monotonic_ns for level in heard.of(0)]
        assert times == sorted(times)
        assert len(heard.of(0)) >= MOST_QUEUED
    assert "IO1_IN: the kernel dropped 11 edges, reading anew" in caplog.text


@pytest.mark.parametrize("events", [1, 2])
async def test_a_pulse_too_short_to_be_read_is_two_edges(bench: FakeBench, events: int) -> None:
    """Whether the interrupt came twice or once for it; afterwards the terminal reads as it is."""
    async with running(bench) as heard:
        bench.gpio.glitch(hat.IO1_IN, events)
        await eventually(lambda: len(heard.of(0)) == 3, "both edges")
        assert [level.closed for level in heard.of(0)] == [False, True, False]


async def test_edges_before_an_output_was_driven_are_told_before_it(bench: FakeBench) -> None:
    """They wait in the kernel's queue when `drive` comes."""
    async with running(bench) as heard:
        bench.stage.connect(0, True)
        bench.terminals.drive(0, False)
        await asyncio.sleep(0.05)
        assert [level.closed for level in heard.of(0)] == [False, True, False]


async def test_what_a_circuit_does_to_an_output_is_no_edge(bench: FakeBench) -> None:
    """A terminal that floats may be pulled down by whatever else hangs at it."""
    async with running(bench) as heard:
        bench.terminals.drive(0, False)
        await asyncio.sleep(0.1)
        told = len(heard.of(0))
        await bench.toggle(0, 10)
        await asyncio.sleep(0.1)
        assert len(heard.of(0)) == told


async def test_when_the_process_dies_the_outputs_float(bench: FakeBench) -> None:
    """The kernel takes the lines back; the pull-down at the gate does the rest."""
    async with running(bench):
        bench.terminals.drive(0, True)
        assert bench.closes(0)
        bench.gpio.died()
        assert not bench.closes(0)


async def test_lines_that_somebody_else_holds_are_asked_for_again(
    bench: FakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    """Said once, not at each attempt."""
    caplog.set_level(logging.WARNING)
    with GpioChips(bench.gpio.devices, bench.gpio.open_chip).having([hat.IO1_IN]) as chip:  # type: ignore[arg-type]
        theirs = chip.request_lines({(hat.IO1_IN,): LineSettings()})
    async with running(bench) as heard:
        await asyncio.sleep(0.1)
        assert heard.levels == []
        theirs.release()
        await eventually(lambda: heard.now(0) is False, "the lines")
    assert caplog.text.count("the I/O terminals cannot be reached: [Errno 16]") == 1


async def test_a_board_without_its_lines_says_which_are_missing(
    bench: FakeBench, caplog: pytest.LogCaptureFixture
) -> None:
    """An overlay that does not fit, for example."""
    bench.gpio.line(hat.IO2_IN).name = "ID_SDA"
    async with running(bench):
        pass
    assert "gpiochip0 has no line IO2_IN" in caplog.text


def test_no_chip_is_said_in_words(tmp_path: Path) -> None:
    """As on this kind of computer."""
    with pytest.raises(Unavailable, match="no GPIO chip"), GpioChips(tmp_path).having(["IO1_IN"]):
        pass


def test_what_is_no_chip_is_said_in_words(tmp_path: Path) -> None:
    """The library itself looks at the file."""
    (tmp_path / "gpiochip0").touch()
    with pytest.raises(Unavailable, match="gpiochip0: "), GpioChips(tmp_path).having(["IO1_IN"]):
        pass


async def test_a_converter_that_is_away_is_unavailable(bench: FakeBench) -> None:
    """And says so by name."""
    bench.adc.remove()
    with pytest.raises(Unavailable, match="there is no converter ads1015"):
        await bench.terminals.voltages()


async def test_an_oscillating_line_leaves_time_for_the_rest(bench: FakeBench) -> None:
    """However fast it is: the loop turns between batches, each of which is bounded."""
    most = 0
    async with running(bench) as heard, asyncio.TaskGroup() as hands:
        hand = hands.create_task(asyncio.to_thread(bench.stage.toggle, 0, 20_000, 0.0), name="hand")
        while not hand.done():
            before = len(heard.levels)
            await asyncio.sleep(0)
            most = max(most, len(heard.levels) - before)
    # One turn takes what is ready, and reads a level anew where edges were lost.
    assert 0 < most <= gpio_terminals.EDGES_AT_ONCE + 1
