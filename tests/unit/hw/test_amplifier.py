"""The simulated amplifier and its load: what is sensed, what trips, and what is heard meanwhile."""

import numpy as np
import pytest

from common.errors import InvalidValue
from hw.sim.amplifier import FULL_SCALE_V, Amplifier
from hw.sim.load import Loudspeaker
from hw.sim.world import World

PERIOD = 480
RATE = 48_000
TEST_HZ = (250.0, 500.0, 1000.0, 2000.0, 4000.0)


def tone(hz: float, peak_v: float, seconds: float = 0.5) -> np.ndarray:
    """Return a tone of so many volts, as the card takes it."""
    time = np.arange(round(seconds * RATE)) / RATE
    peak = peak_v / FULL_SCALE_V * 2**31
    return np.round(peak * np.sin(2 * np.pi * hz * time)).astype(np.int32)


def drive(amplifier: Amplifier, sound: np.ndarray) -> np.ndarray:
    """Return what comes out at the terminals, as samples."""
    return np.concatenate([amplifier.drive(period) for period in sound.reshape(-1, PERIOD)])


def silence(amplifier: Amplifier, seconds: float = 1.0) -> None:
    """Let time pass."""
    drive(amplifier, np.zeros(round(seconds * RATE), dtype=np.int32))


def sensed_ohm(amplifier: Amplifier, hz: float, window_s: float = 0.2) -> float:
    """Return the impedance in the band of a tone that is played."""
    band = max(amplifier.sense(window_s)["bands"], key=lambda each: each["voltage_v"])
    assert band["hz"] == pytest.approx(hz, rel=0.001)
    return float(band["voltage_v"] / band["current_a"])


def test_the_loudspeaker_has_a_loudspeaker_s_curve() -> None:
    """A resonance peak, above it a minimum hardly below the nominal impedance, and a rise towards the treble."""
    speaker = Loudspeaker(PERIOD)
    curve = [speaker.impedance(hz) for hz in (30, 90, 250, 500, 1000, 2000, 4000)]
    assert speaker.impedance(1000) == pytest.approx(1.0)
    assert curve[1] == max(curve)
    assert 0.9 < min(curve) <= 1.0
    assert curve[4] < curve[5] < curve[6]


@pytest.mark.parametrize("hz", TEST_HZ)
@pytest.mark.parametrize("ohm", [4, 6.3, 8, 16])
def test_voltage_and_current_are_those_of_the_load(ohm: float, hz: float) -> None:
    """What is sensed over a tone is the impedance of the model at that frequency."""
    amplifier = Amplifier()
    amplifier.connect({"load_ohm": ohm})
    drive(amplifier, tone(hz, 1.0))
    assert sensed_ohm(amplifier, hz) == pytest.approx(
        ohm * Loudspeaker(PERIOD).impedance(hz), 0.002
    )
    assert amplifier.sense(0.2)["voltage_v"] == pytest.approx(1 / 2**0.5, rel=0.001)


def test_the_current_goes_on_from_period_to_period() -> None:
    """Cut into periods it is that of the whole: nothing starts anew at their edges."""
    sound = np.random.default_rng(8).standard_normal(20 * PERIOD)
    whole = Loudspeaker(20 * PERIOD).current(sound)
    speaker = Loudspeaker(PERIOD)
    parts = np.concatenate([speaker.current(part) for part in sound.reshape(-1, PERIOD)])
    assert parts == pytest.approx(whole, abs=1e-9)


def test_an_open_load_takes_no_current_and_a_short_takes_all_it_can_get() -> None:
    """Neither trips at the level of a quiet tone."""
    amplifier = Amplifier()
    amplifier.connect({"load_ohm": "open"})
    drive(amplifier, tone(1000, 1.0))
    assert sensed_ohm(amplifier, 1000) > 10_000
    silence(amplifier)
    amplifier.connect({"load_ohm": "short"})
    drive(amplifier, tone(1000, 0.2))
    assert sensed_ohm(amplifier, 1000) == pytest.approx(0.1, rel=0.01)
    assert amplifier.protection == "ok"
    assert not amplifier.passes()  # nothing is left for the room


def test_what_is_sensed_is_the_window_and_nothing_before_it() -> None:
    """Two tones, one after the other: each is in its own time only."""
    amplifier = Amplifier()
    drive(amplifier, tone(500, 2.0))
    drive(amplifier, tone(2000, 1.0))
    sensed_ohm(amplifier, 2000, 0.4)
    bands = {round(band["hz"]): band["voltage_v"] for band in amplifier.sense(1.0)["bands"]}
    assert bands[500] > bands[2000] > 0.1


def test_too_much_current_trips_at_that_sample_and_silences() -> None:
    """What came before is heard; from the sample on there is nothing, until the reset."""
    amplifier = Amplifier()
    amplifier.connect({"load_ohm": 2})
    sound = tone(1000, 15.0, 0.1) * np.linspace(0, 1, 4800)
    out = drive(amplifier, sound.astype(np.int32))
    last = int(np.flatnonzero(out)[-1])
    assert amplifier.protection == "overcurrent"
    assert abs(sound[last + 1]) * FULL_SCALE_V / 2**31 == pytest.approx(12.0, rel=0.1)
    assert np.array_equal(out[: last + 1], sound[: last + 1].astype(np.int32))
    assert not drive(amplifier, tone(1000, 0.1)).any()
    assert amplifier.sense(0.2)["voltage_v"] == 0
    amplifier.reset()
    assert amplifier.protection == "ok"
    assert drive(amplifier, tone(1000, 0.1)).any()
    assert amplifier.describe()["trips"] == 1


def test_full_scale_trips_no_load_that_the_amplifier_is_made_for() -> None:
    """4 ohm and more take the loudest there is."""
    for ohm in (4, 8, 16):
        amplifier = Amplifier()
        amplifier.connect({"load_ohm": ohm})
        drive(amplifier, (np.sign(tone(700, 1.0)) * (2**31 - 1)).astype(np.int32))
        assert amplifier.protection == "ok"


@pytest.mark.parametrize("fault", ["overcurrent", "overtemperature"])
def test_an_injected_fault_trips_as_long_as_it_lasts(fault: str) -> None:
    """At once, again at each reset, and not of itself gone when the fault is."""
    amplifier = Amplifier()
    told: list[str] = []
    amplifier.on_protection = lambda: told.append(amplifier.protection)
    amplifier.connect({"fault": fault})
    amplifier.reset()
    assert amplifier.protection == fault
    amplifier.connect({"fault": None})
    assert amplifier.protection == fault
    amplifier.reset()
    assert told == [fault, "ok", fault, "ok"]


def test_a_load_drifts_at_once_or_with_time() -> None:
    """By the card's own clock, in a straight line from where it was."""
    amplifier = Amplifier()
    amplifier.connect({"load_ohm": 8, "drift_percent": 10})
    assert amplifier.ohm == pytest.approx(8.8)
    amplifier.connect({"drift_percent": 30, "drift_s": 10})
    silence(amplifier, 5)
    assert amplifier.ohm == pytest.approx(8 * 1.2)
    silence(amplifier, 5)
    assert amplifier.ohm == pytest.approx(8 * 1.3)


@pytest.mark.parametrize(
    "changes",
    [
        {"load_ohm": 0},
        {"load_ohm": 4, "drift_percent": "much"},
        {"load_ohm": True},
        {"fault": "smoke"},
        {"drift_s": 5},
        {"volume": 11},
    ],
)
def test_what_cannot_be_connected_is_refused_and_changes_nothing(
    changes: dict[str, object],
) -> None:
    """A world of its own has no such load."""
    amplifier = Amplifier()
    before = amplifier.describe()
    with pytest.raises(InvalidValue):
        amplifier.connect(changes)
    assert amplifier.describe() == before


async def test_the_button_is_up_when_the_last_finger_has_left_it() -> None:
    """A short press during a long one ends nothing."""
    world = World("02C821000001")
    moves: list[bool] = []
    world.on_button = moves.append
    long = world.hold(5.0)
    long.send(None)
    world.press(True)
    world.press(False)
    assert world.pressed
    long.close()
    assert moves == [True, False]
