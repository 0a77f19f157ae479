"""Supervision: an alarm when the load has moved by more than the tolerance, opens or shorts, and none else."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from daemons.audio.impedance.load import Calibration, Load, Point
from daemons.audio.impedance.store import CalibrationFile
from daemons.audio.impedance.trial import TEST_HZ
from daemons.audio.impedance.watch import CONFIRMED, LoadWatch
from hw.ports import Band, Sensed
from hw.sim.load import Loudspeaker
from tests.unit.audio_impedance.bench import PERIOD, RATE, BenchAmplifier, speech_like

SPEAKER = Loudspeaker(PERIOD)
CALIBRATION = Calibration.of(
    [Point(hz, 8 * SPEAKER.impedance(hz)) for hz in TEST_HZ], "2026-01-01T00:00:00+00:00"
)


def file_with_a_broken_letter(calibration: Calibration) -> bytes:
    """Return a kept result with one byte that is no text."""
    return msgspec.json.encode(calibration).replace(b"2026", b"202\xff")


def sensed(factor: float, volts: float = 1.0, hz: float = 1000.0) -> Sensed:
    """Return what is sensed of a tone when the load is `factor` of the tested one."""
    amps = volts / (factor * CALIBRATION.expected_ohm(hz))
    return Sensed(volts, amps, (Band(hz, volts, amps),))


def after(watch: LoadWatch, measured: Sensed, times: int, tolerance: float = 0.15) -> Load:
    """Return the alarm after so many measurements."""
    for _ in range(times):
        watch.take(CALIBRATION, measured, tolerance)
    return watch.alarm


@pytest.mark.parametrize("hz", [250.0, 333.0, 1000.0, 2828.0, 4000.0])
@pytest.mark.parametrize(
    ("factor", "alarm"),
    [
        (1.149, Load.FINE),
        (1.151, Load.DEVIATES),
        (0.851, Load.FINE),
        (0.849, Load.DEVIATES),
        (100.0, Load.OPEN),
        (0.01, Load.SHORT),
    ],
)
def test_just_above_the_tolerance_there_is_an_alarm_and_just_below_there_is_none(
    factor: float, alarm: Load, hz: float
) -> None:
    """Upwards and downwards, wherever in the spectrum the sound is."""
    assert after(LoadWatch(), sensed(factor, hz=hz), CONFIRMED + 1) is alarm


def test_the_tolerance_is_the_parameter_s() -> None:
    """30 % is fine when 35 % are."""
    assert after(LoadWatch(), sensed(1.3), 5, tolerance=0.35) is Load.FINE
    assert after(LoadWatch(), sensed(1.3), 5, tolerance=0.25) is Load.DEVIATES


def test_one_odd_measurement_raises_nothing() -> None:
    """So many in a row have to agree."""
    watch = LoadWatch()
    assert after(watch, sensed(1.5), CONFIRMED - 1) is Load.FINE
    assert after(watch, sensed(1.0), 1) is Load.FINE
    assert after(watch, sensed(1.5), CONFIRMED - 1) is Load.FINE
    assert after(watch, sensed(1.5), 1) is Load.DEVIATES


def test_an_alarm_ends_by_itself_below_the_hysteresis_only() -> None:
    """At 14 % it stays, at 12 % it ends after as many measurements as it took."""
    watch = LoadWatch()
    after(watch, sensed(1.2), CONFIRMED)
    assert after(watch, sensed(1.14), 10) is Load.DEVIATES
    assert after(watch, sensed(1.12), CONFIRMED - 1) is Load.DEVIATES
    assert after(watch, sensed(1.12), 1) is Load.FINE


def test_a_quiet_programme_says_nothing() -> None:
    """Neither for nor against."""
    watch = LoadWatch()
    assert after(watch, sensed(1.5, volts=0.05), 10) is Load.FINE
    after(watch, sensed(1.5), CONFIRMED)
    assert after(watch, sensed(1.0, volts=0.05), 10) is Load.DEVIATES


@pytest.mark.parametrize("drift", [-40, -14, 0, 14, 40])
def test_a_programme_tells_the_load_as_well_as_tones_do(drift: float) -> None:
    """Speech-like noise over a real curve: the load as it drifted, within 2 % of it, whatever the spectrum."""
    amplifier = BenchAmplifier()
    amplifier.inside.connect({"load_ohm": 8, "drift_percent": drift})
    for seed in range(4):
        amplifier.play(speech_like(1.0, 2.0, seed))
        factor = CALIBRATION.factor(msgspec.convert(amplifier.inside.sense(0.5), Sensed))
        assert factor == pytest.approx(1 + drift / 100, rel=0.02)


@pytest.mark.parametrize("hz", [245.0, 300.0, 707.0, 1414.0, 2300.0, 2828.0, 3600.0])
def test_a_tone_between_the_tested_ones_is_no_deviation(hz: float) -> None:
    """The curve is followed, not the nearest point."""
    amplifier = BenchAmplifier()
    time = np.arange(RATE) / RATE
    amplifier.play(0.1 * np.sin(2 * np.pi * hz * time))
    factor = CALIBRATION.factor(msgspec.convert(amplifier.inside.sense(0.5), Sensed))
    assert factor == pytest.approx(1.0, abs=0.03)


def test_a_result_is_kept_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    """What cannot be read has to be tested again."""
    file = CalibrationFile(tmp_path / "impedance.json")
    assert file.read() is None
    file.write(CALIBRATION)
    assert file.read() == CALIBRATION
    (tmp_path / "impedance.json").write_text(json.dumps({"ohm": "eight"}))
    assert file.read() is None
    (tmp_path / "impedance.json").write_bytes(file_with_a_broken_letter(CALIBRATION))
    assert file.read() is None
    file.remove()
    file.remove()
    assert not (tmp_path / "impedance.json").exists()


def test_bass_alone_says_nothing() -> None:
    """Below the tested frequencies the resonance makes of a loudspeaker what it likes."""
    amplifier = BenchAmplifier()
    amplifier.play(0.1 * np.sin(2 * np.pi * 210 * np.arange(RATE) / RATE))
    assert CALIBRATION.factor(msgspec.convert(amplifier.inside.sense(0.5), Sensed)) is None
