"""A test of the load: each load is found for what it is, at a level that trips nothing, and ends when it must."""

import numpy as np
import pytest

from daemons.audio.impedance import trial as trial_module
from daemons.audio.impedance.load import Calibration, Load
from daemons.audio.impedance.tones import ToneSource
from daemons.audio.impedance.trial import PROBE_V, TEST_HZ, TEST_V, Abandoned, Found, Trial
from hw.sim.load import Loudspeaker
from tests.unit.audio_impedance.bench import PERIOD, RATE, BenchAmplifier


async def found(amplifier: BenchAmplifier) -> Found:
    """Return what a test finds."""
    return await Trial(amplifier, amplifier.tones, pause_s=0.0).run()


@pytest.mark.parametrize(
    ("ohm", "nominal"), [(4, 4), (8, 8), (16, 16), (5.3, 4), (6.8, 8), (2.5, None), (50, None)]
)
async def test_a_load_is_measured_at_every_tone(ohm: float, nominal: int | None) -> None:
    """Within 1 % of the loudspeaker's curve, and under the nominal impedance that it is sold as."""
    amplifier = BenchAmplifier()
    amplifier.inside.connect({"load_ohm": ohm})
    result = await found(amplifier)
    assert result.load is Load.FINE
    assert [point.hz for point in result.points] == list(TEST_HZ)
    speaker = Loudspeaker(PERIOD)
    for point in result.points:
        assert point.ohm == pytest.approx(ohm * speaker.impedance(point.hz), rel=0.01)
    calibration = Calibration.of(result.points, "now")
    assert calibration.ohm == pytest.approx(ohm, rel=0.01)
    assert calibration.nominal_ohm == nominal
    assert amplifier.loudest_v == pytest.approx(TEST_V, rel=0.01)


@pytest.mark.parametrize(("load", "expected"), [("short", Load.SHORT), ("open", Load.OPEN)])
async def test_a_short_and_an_open_load_are_found_by_the_quiet_tone(
    load: str, expected: Load
) -> None:
    """The loud ones are never heard, and nothing trips."""
    amplifier = BenchAmplifier()
    amplifier.inside.connect({"load_ohm": load})
    assert await found(amplifier) == Found(expected)
    assert amplifier.loudest_v <= 1.001 * PROBE_V
    assert amplifier.inside.trips == 0


async def test_a_load_that_comes_off_in_the_test_is_found_open() -> None:
    """Not a mixture of both."""
    amplifier = BenchAmplifier()
    trial = Trial(amplifier, amplifier.tones, pause_s=0.0)

    def cut_at_half() -> None:
        if trial.progress > 0.5:
            amplifier.inside.connect({"load_ohm": "open"})

    amplifier.asked = cut_at_half
    assert await trial.run() == Found(Load.OPEN)


async def test_an_abandoned_test_ends_at_once_and_says_why() -> None:
    """And its tones with it."""
    amplifier = BenchAmplifier()
    trial = Trial(amplifier, amplifier.tones, pause_s=0.0)
    amplifier.asked = lambda: trial.abandon("an emergency source started")
    with pytest.raises(Abandoned, match="an emergency source started"):
        await trial.run()
    assert _is_over(amplifier.tones)


async def test_a_test_without_an_answer_is_abandoned() -> None:
    """Nothing is made up."""
    amplifier = BenchAmplifier()
    amplifier.answers = False
    with pytest.raises(Abandoned, match="the bench is away"):
        await found(amplifier)


async def test_tones_that_do_not_arrive_are_no_open_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no voltage is sensed the sound card is at fault, not the loudspeaker."""
    monkeypatch.setattr(trial_module, "TONE_TIMEOUT_S", 0.1)
    amplifier = BenchAmplifier()
    amplifier.connected = False
    with pytest.raises(Abandoned, match="do not arrive"):
        await Trial(amplifier, amplifier.tones, pause_s=0.005).run()


def _is_over(tones: ToneSource) -> bool:
    block = np.zeros(PERIOD, dtype=np.float32)
    for _ in range(2):
        tones.read_into(block)
    return tones.finished and not block.any()


def test_tones_follow_each_other_without_a_click() -> None:
    """Each begins and ends softly: no sample is further from the one before than in the tone itself."""
    tones = ToneSource()
    tones.sound(1000, 0.5)
    blocks = []
    for number in range(12):
        if number == 4:
            tones.sound(500, 0.5)
        if number == 8:
            tones.end()
        block = np.zeros(PERIOD, dtype=np.float32)
        assert tones.read_into(block) == PERIOD
        blocks.append(block)
    sound = np.concatenate(blocks)
    steepest = 0.5 * 2 * np.pi * 1000 / RATE
    assert np.max(np.abs(np.diff(sound))) < 1.05 * steepest
    assert tones.finished
    assert not sound[-PERIOD:].any()
