"""What the voltage of a supervised loop says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.bus.ioports import SupervisedRange
from common.errors import InvalidValue
from common.supervised_ranges import DEFAULT, STATES, Ranges, checked, parsed, written
from daemons.ioports.ports.supervision import CONFIRMATIONS, HYSTERESIS_MV, Loop
from hw.sim.terminals import Terminal

RANGES = parsed(DEFAULT)


def told(loop: Loop, levels: list[int]) -> list[str]:
    """Return each new state."""
    return [loop.state for level in levels if loop.measure(level)]


def test_the_simulated_loop_lies_within_the_default_ranges() -> None:
    """Each circuit far enough from the limits for noise and the hysteresis."""
    for circuit, state in (
        ("short", "short"),
        ("closed", "close"),
        ("open", "open"),
        ("cut", "cut"),
    ):
        level_mv = Terminal(circuit, resistors=True).voltage_v * 1000
        meant = next(each for each in RANGES if each.state == state)
        assert meant.lower_mv + HYSTERESIS_MV < level_mv + (level_mv == 0) * 99
        assert level_mv < meant.upper_mv - HYSTERESIS_MV


def test_a_state_is_left_when_readings_agree() -> None:
    """One or two may have met the contact on its way."""
    loop = Loop(RANGES)
    assert told(loop, [2200]) == ["open"]
    assert told(loop, [1650] * (CONFIRMATIONS - 1)) == []
    assert told(loop, [1650]) == ["close"]
    assert told(loop, [3300, 0, 3300, 0, 3300, 0] * 5) == []
    assert told(loop, [3300] * CONFIRMATIONS) == ["cut"]


@given(st.lists(st.integers(-HYSTERESIS_MV + 1, HYSTERESIS_MV - 1), max_size=200))
def test_noise_at_a_limit_changes_nothing(noise: list[int]) -> None:
    """On either side of it."""
    for start in (1650, 2200):
        loop = Loop(RANGES)
        loop.measure(start)
        assert told(loop, [1920 + each for each in noise]) == []


@given(st.integers(0, 30_000), st.sampled_from(STATES))
def test_a_level_inside_a_range_is_reached_from_everywhere(level: int, start: str) -> None:
    """A steady level ends where it lies, unless it lies within the hysteresis of where it came from."""
    loop = Loop(RANGES)
    begin = next(each for each in RANGES if each.state == start)
    loop.measure((begin.lower_mv + begin.upper_mv) // 2)
    told(loop, [level] * CONFIRMATIONS)
    inside = next(each.state for each in RANGES if each.lower_mv <= level <= each.upper_mv)
    near = max(begin.lower_mv - level, level - begin.upper_mv, 0) <= HYSTERESIS_MV
    assert loop.state == (start if near else inside)


def test_narrow_ranges_can_be_reached() -> None:
    """The hysteresis is never wider than half of one."""
    narrow = [("short", 0, 9), ("close", 10, 19), ("open", 20, 29), ("cut", 30, 39)]
    loop = Loop([SupervisedRange(*each) for each in narrow])
    assert told(loop, [5, *[15] * 3, *[25] * 3, *[35] * 3, *[5] * 3]) == [
        "short",
        "close",
        "open",
        "cut",
        "short",
    ]


def test_a_level_between_two_ranges_says_nothing_new() -> None:
    """At the start it counts as the nearest."""
    gaps = [("short", 0, 500), ("close", 1000, 1500), ("open", 2000, 2500), ("cut", 3000, 30_000)]
    loop = Loop([SupervisedRange(*each) for each in gaps])
    assert told(loop, [900]) == ["close"]
    assert told(loop, [700] * 10) == []
    assert told(loop, [300] * 3) == ["short"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short=0-800",
        "short=0-800,close=801-1920,open=1921-2750",
        "short=0-800,close=800-1920,open=1921-2750,cut=2751-30000",
        "short=800-0,close=801-1920,open=1921-2750,cut=2751-30000",
        "short=0-800,close=801-1920,open=1921-2750,cut=2751-30001",
        "short=0-800,close=801-1920,open=1921-2750,cut=2751-30000,cut=30000-30000",
        "short=0-800,close=801-1920,open=1921-2750,wet=2751-30000",
        "short=0-800;close=801-1920;open=1921-2750;cut=2751-30000",
        "short=-1-800,close=801-1920,open=1921-2750,cut=2751-30000",
    ],
)
def test_ranges_that_cannot_be_are_refused(text: str) -> None:
    """One for each state, none overlapping, all within what a terminal can carry."""
    with pytest.raises(InvalidValue):
        Ranges().parse(text)


def test_ranges_have_one_written_form() -> None:
    """In the order of states, whatever order they were given in."""
    shuffled = ",".join(reversed(DEFAULT.split(",")))
    assert Ranges().parse(shuffled) == DEFAULT == written(checked(list(reversed(RANGES))))
