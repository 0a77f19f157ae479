"""Lamps of the LED class where the kernel's trigger is away, not set yet, or the files are somebody else's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hw.drivers import class_leds
from hw.drivers.class_leds import BicolourLamp, ClassLeds
from hw.ports import Colour, Led, Step, steady
from tests.contract.private_bus import eventually
from tests.parts.fake_sys import FakeLeds, kernel_shows

RED, GREEN = "red:status", "green:status"
LAMPS = {Led.STATUS: BicolourLamp(RED, GREEN)}


@asynccontextmanager
async def running(driver: ClassLeds) -> AsyncIterator[None]:
    """Run it until the block ends."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(driver.run(), name="lamps")
        yield
        task.cancel()


async def test_a_lamp_without_the_trigger_is_given_it(tmp_path: Path) -> None:
    """As where no udev rule has done so; then its files are made by the kernel."""
    leds = FakeLeds(tmp_path, [RED, GREEN], triggers="[none] timer pattern")
    driver = ClassLeds(LAMPS, tmp_path)
    async with running(driver):
        driver.show(Led.STATUS, steady(Colour.AMBER))
        pattern = tmp_path / "class/leds" / GREEN / "pattern"
        await eventually(lambda: pattern.exists() and pattern.read_text(), "green beside red")
        assert leds.text(GREEN, "trigger") == leds.text(RED, "trigger") == "pattern"
        assert leds.shown(GREEN) == leds.shown(RED) == [(1, 7_200_000)]


async def test_a_kernel_without_the_trigger_is_written_to_at_each_step(tmp_path: Path) -> None:
    """Slower and less exact, but the lamp says the same."""
    leds = FakeLeds(tmp_path, [RED, GREEN], triggers="[none] timer", most=255)
    driver = ClassLeds(LAMPS, tmp_path)
    seen: list[tuple[str, str]] = []
    async with running(driver):
        driver.show(Led.STATUS, (Step(Colour.RED, 60), Step(Colour.GREEN, 60)))
        async with asyncio.timeout(5):
            while len(seen) < 5:
                now = leds.text(RED, "brightness").strip(), leds.text(GREEN, "brightness").strip()
                if "255" in now and now != ("255", "255") and (not seen or seen[-1] != now):
                    seen.append(now)
                await asyncio.sleep(0.005)
        driver.show(Led.STATUS, steady(Colour.OFF))
        await eventually(
            lambda: {leds.text(name, "brightness") for name in (RED, GREEN)} == {"0"}, "darkness"
        )
    assert seen[:2] in ([("255", "0"), ("0", "255")], [("0", "255"), ("255", "0")])


async def test_what_cannot_be_lit_now_is_lit_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said once; the last pattern is shown as soon as the lamp is there."""
    monkeypatch.setattr(class_leds, "RETRY_INTERVAL_S", 0.02)
    driver = ClassLeds(LAMPS, tmp_path)
    async with running(driver):
        driver.show(Led.STATUS, steady(Colour.RED))
        await eventually(lambda: "the status LED cannot be lit" in caplog.text, "the warning")
        await asyncio.sleep(0.1)
        driver.show(Led.STATUS, steady(Colour.GREEN))
        leds = FakeLeds(tmp_path, [RED, GREEN])
        await eventually(lambda: leds.text(GREEN).startswith("1 "), "green")
        assert leds.text(RED).startswith("0 ")
    assert caplog.text.count("cannot be lit") == 1


def test_the_kernels_manners_are_known_here() -> None:
    """What the stand-in for the trigger refuses, as the kernel does."""
    assert kernel_shows("1 500 1 0 0 500 0 0", 1) == [(1, 500), (0, 500)]
    for wrong in ("1 500", "2 500 2 0 0 500 0 0", "1 500 0 500", "1 500 0"):
        with pytest.raises(AssertionError):
            kernel_shows(wrong, 1)
