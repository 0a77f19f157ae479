"""What a person is told about the load, whatever was sensed last."""

import pytest

from daemons.audio.impedance import words
from daemons.audio.impedance.load import Calibration, Load, Point
from daemons.audio.impedance.trial import TEST_HZ
from daemons.audio.impedance.watch import CONFIRMED, LoadWatch
from hw.ports import Band, Sensed

CALIBRATION = Calibration.of([Point(hz, 8.0) for hz in TEST_HZ], "2026-01-01T00:00:00+00:00")


def sensed(ohm: float) -> Sensed:
    """Return what a tone of 1 V is sensed as."""
    return Sensed(1.0, 1.0 / ohm, (Band(1000.0, 1.0, 1.0 / ohm),))


@pytest.mark.parametrize(
    ("ohm", "said"),
    [
        (10.0, "moved by +25.0 %, to 10 ohm; it was tested with 8 ohm"),
        (10_000.0, "moved by +25.0 %; it was tested with 8 ohm"),
        (0.4, "moved by -95.0 %, to 0.4 ohm; it was tested with 8 ohm"),
    ],
)
def test_a_load_that_has_moved_is_told_also_while_it_opens_or_shorts(ohm: float, said: str) -> None:
    """Until that was sensed often enough the alarm is still the one before; what was sensed last is said."""
    watch = LoadWatch()
    for _ in range(CONFIRMED):
        watch.take(CALIBRATION, sensed(10.0), 0.15)
    watch.take(CALIBRATION, sensed(ohm), 0.15)
    assert watch.alarm is Load.DEVIATES
    assert said in words.message("deviates", CALIBRATION, watch, "")
