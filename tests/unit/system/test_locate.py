"""Locate device."""

import pytest

from common.clock import ManualClock
from common.errors import Conflict, InvalidValue, Unavailable
from daemons.system.locate import Locator


class Unit:
    """A unit that notes what is to be seen and heard."""

    def __init__(self, *, mute: bool = False) -> None:
        self.clock = ManualClock()
        self.seen: list[str] = []
        self.heard: list[float] = []
        self._mute = mute
        self.locator = Locator(self.clock, self, self)

    def hold(self, cause: str, lasting_s: float = 0.0) -> None:
        self.seen.append(f"{cause} {lasting_s:g}")

    def drop(self, cause: str) -> None:
        self.seen.append(f"no {cause}")

    async def locate(self, duration_s: float) -> None:
        if self._mute:
            raise Unavailable("the audio daemon does not answer")
        self.heard.append(duration_s)


@pytest.mark.covers("M-STA-04", part="sound and LED together")
async def test_the_unit_is_seen_and_heard_for_as_long_as_asked() -> None:
    """LED and sound."""
    unit = Unit()
    await unit.locator.locate(30)
    assert (unit.seen, unit.heard) == (["locate 30"], [30])


async def test_one_person_at_a_time_has_the_unit_located() -> None:
    """The second hears that it is busy, until the time is over."""
    unit = Unit()
    await unit.locator.locate(30)
    with pytest.raises(Conflict):
        await unit.locator.locate(5)
    assert unit.heard == [30]
    unit.clock.advance(30)
    await unit.locator.locate(5)
    assert unit.heard == [30, 5]


async def test_locating_is_stopped_at_once() -> None:
    """A duration of 0; also when nothing is to be stopped."""
    unit = Unit()
    await unit.locator.locate(30)
    await unit.locator.locate(0)
    assert (unit.seen, unit.heard) == (["locate 30", "no locate"], [30, 0])
    await unit.locator.locate(0)
    await unit.locator.locate(10)
    assert unit.locator.busy


async def test_without_sound_the_led_still_flashes() -> None:
    """Half of it is better than nothing."""
    unit = Unit(mute=True)
    await unit.locator.locate(30)
    assert unit.seen == ["locate 30"]


@pytest.mark.parametrize("duration_s", [-1, 3600.1, float("nan"), float("inf")])
async def test_an_odd_duration_is_refused(duration_s: float) -> None:
    """At most an hour, as the reference has it."""
    unit = Unit()
    with pytest.raises(InvalidValue, match="3600"):
        await unit.locator.locate(duration_s)
    assert not unit.seen
