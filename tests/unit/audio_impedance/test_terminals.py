"""What is said of the load while the amplifier's protection holds it off."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from common.clock import ManualClock
from daemons.audio.engine import Engine
from daemons.audio.impedance import terminals
from daemons.audio.impedance.load import Calibration, Point
from daemons.audio.impedance.store import CalibrationFile
from daemons.audio.impedance.terminals import Terminals
from daemons.audio.impedance.trial import TEST_HZ
from daemons.audio.impedance.watch import CONFIRMED
from hw.ports import Band, Protection, Sensed

EIGHT_OHM = Sensed(1.0, 0.125, (Band(1000.0, 1.0, 0.125),))
NO_CURRENT = Sensed(1.0, 0.0, (Band(1000.0, 1.0, 0.0),))


class SwitchedOff:
    """An amplifier whose voltage is known by what is played, as the HAT's is: tripped, it looks like an open load."""

    full_scale_v = 15.5

    def __init__(self) -> None:
        self.measurements = 0
        self.measured = EIGHT_OHM
        self.during: Callable[[], None] = lambda: None
        self.changed: Callable[[Protection], None] = lambda protection: None

    def hear(self, open_tap: Callable[[], socket.socket]) -> None:
        """Need nothing."""

    async def run(self, changed: Callable[[Protection], None]) -> None:
        """Report what the protection does."""
        self.changed = changed
        changed(Protection.OK)
        await asyncio.Event().wait()

    async def sense(self, _window_s: float) -> Sensed:
        """Measure."""
        self.during()
        await asyncio.sleep(0)
        self.measurements += 1
        return self.measured

    async def reset(self) -> None:
        """Stay as it is."""


@asynccontextmanager
async def at_work(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Terminals, SwitchedOff]]:
    """Watch a load that was tested with 8 ohm while something plays."""
    monkeypatch.setattr(terminals, "_WATCH_INTERVAL_S", 0.0)
    CalibrationFile(state / "impedance.json").write(
        Calibration.of([Point(hz, 8.0) for hz in TEST_HZ], "2026-01-01T00:00:00+00:00")
    )
    amplifier = SwitchedOff()
    engine = SimpleNamespace(on_event=lambda listener: None, now_playing=lambda: [1], open_tap=None)
    made = Terminals(
        amplifier,
        cast("Engine", engine),
        cast("Any", SimpleNamespace(hold=lambda cause: None, drop=lambda cause: None)),
        lambda event: None,
        lambda protection: None,
        state,
        ManualClock(),
    )
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        life = tasks.create_task(made.run(), name="terminals")
        yield made, amplifier
        life.cancel()


async def measured(amplifier: SwitchedOff, times: int = CONFIRMED + 1) -> None:
    """Wait for so many further measurements."""
    wanted = amplifier.measurements + times
    while amplifier.measurements < wanted:
        await asyncio.sleep(0)


def load(made: Terminals) -> str:
    """Return what is said of the load."""
    return str(json.loads(made.describe())["state"])


async def test_what_draws_too_much_is_a_short_until_the_amplifier_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was sensed before it; and what was open is not open afterwards."""
    async with at_work(tmp_path, monkeypatch) as (made, amplifier):
        amplifier.measured = NO_CURRENT
        await measured(amplifier)
        assert load(made) == "open"
        amplifier.changed(Protection.OVERCURRENT)
        assert load(made) == "short"
        assert json.loads(made.describe())["present_ohm"] is None
        alarms = [dict(event.data) for event in made.states() if "LoadAlarm" in event.topic]
        assert alarms == [{"alarm": "1", "reason": "short"}]
        amplifier.measured = EIGHT_OHM
        guard = made._guard
        assert guard is not None
        guard._become(Protection.OK)
        assert load(made) == "calibrated"


@pytest.mark.parametrize("why", [Protection.OVERCURRENT, Protection.OVERTEMPERATURE])
async def test_an_amplifier_that_is_held_off_says_nothing_of_its_load(
    why: Protection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is played does not come out: no current, and yet nothing is open; nor does a measurement it fell into."""
    async with at_work(tmp_path, monkeypatch) as (made, amplifier):
        await measured(amplifier)
        amplifier.measured = NO_CURRENT
        amplifier.during = lambda: amplifier.changed(why)
        await measured(amplifier, 1)
        asked = amplifier.measurements
        for _ in range(50):
            await asyncio.sleep(0)
        assert amplifier.measurements == asked
        assert load(made) == ("short" if why is Protection.OVERCURRENT else "calibrated")
