"""The curve of an equaliser preset that people see is what they hear."""

import numpy as np
import pytest

from daemons.audio.equaliser import PRESETS, build
from daemons.audio.equaliser_curve import curve, gain_db

PERIOD = 480
RATE_HZ = 48_000


@pytest.mark.parametrize("preset", [name for name, filters in PRESETS.items() if filters])
def test_a_curve_is_that_of_the_filters(preset: str) -> None:
    """An impulse through the filters themselves has the drawn response within 0.1 dB."""
    filters = build(preset, PERIOD)
    assert filters is not None
    impulse = np.zeros(RATE_HZ, dtype=np.float32)
    impulse[0] = 1.0
    heard = np.concatenate([filters(block).copy() for block in impulse.reshape(-1, PERIOD)])
    measured_db = 20 * np.log10(np.abs(np.fft.rfft(heard)))
    for hz in (25, 60, 100, 250, 1_000, 3_000, 8_000, 16_000):
        assert gain_db(preset, hz) == pytest.approx(measured_db[hz], abs=0.1), hz


def test_a_curve_spans_hearing() -> None:
    """From 20 Hz to 20 kHz, and flat is flat."""
    flat = curve("flat")
    assert (flat[0][0], flat[-1][0]) == (20.0, 20_000.0)
    assert {db for _hz, db in flat} == {0.0}
