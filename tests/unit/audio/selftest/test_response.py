"""Level, response and delay on paths that are known beforehand."""

import numpy as np
import pytest

from daemons.audio.selftest.response import THIRD_OCTAVES_HZ, Path, measure
from daemons.audio.selftest.signals import RATE_HZ, silence, sweep
from tests.unit.audio.selftest_rooms import coloured, delayed, reverberation, through

SWEEP = np.concatenate((sweep(2.0), silence(0.8))).astype(float)


def path(heard: np.ndarray, played: np.ndarray = SWEEP) -> Path:
    """Measure a path that can be measured."""
    found = measure([(played, heard)], 0.7)
    assert found is not None
    return found


def white(level_dbfs: float) -> np.ndarray:
    """Return white noise as long as the sweep."""
    return np.random.default_rng(4).standard_normal(len(SWEEP)) * 10 ** (level_dbfs / 20)


@pytest.mark.parametrize("frames", [0, 37, 240, 1_000.5, 12_345.25])
def test_the_delay_is_known_to_a_part_of_a_sample(frames: float) -> None:
    """Within 0.01 ms, from nothing to a quarter of a second."""
    assert path(0.1 * delayed(SWEEP, frames)).delay_s * 1000 == pytest.approx(
        frames * 1000 / RATE_HZ, abs=0.01
    )


@pytest.mark.parametrize("level_db", [-60, -20, 0, 6])
def test_the_level_is_that_of_the_path(level_db: float) -> None:
    """A plain path of known gain."""
    found = path(SWEEP * 10 ** (level_db / 20))
    assert found.level_db == pytest.approx(level_db, abs=0.1)
    assert [hz for hz, _db in found.response] == list(THIRD_OCTAVES_HZ)
    assert max(abs(db) for _hz, db in found.response) < 1.0


def test_the_level_does_not_depend_on_what_was_played() -> None:
    """An equaliser and a gain before the tap are not the path's."""
    played = coloured(SWEEP, {63: 6.0, 1_000: -3.0, 16_000: -6.0}) * 0.5
    found = path(0.1 * played, played)
    assert found.level_db == pytest.approx(-20, abs=0.1)
    assert max(abs(db) for _hz, db in found.response) < 1.0


def test_the_colour_is_that_of_the_path() -> None:
    """A known response is found within 1 dB in each third of an octave, relative to the level."""
    gains = {31: -12.0, 125: -6.0, 500: 0.0, 2_000: 6.0, 8_000: -6.0, 20_000: -15.0}
    found = path(coloured(SWEEP, gains) * 0.05)
    expected = np.interp(np.log2(THIRD_OCTAVES_HZ), np.log2(list(gains)), list(gains.values()))
    measured = np.array([db for _hz, db in found.response]) + found.level_db
    assert np.max(np.abs(measured - (expected + 20 * np.log10(0.05)))) < 1.0


def test_reverberation_neither_hides_the_direct_sound_nor_counts_as_delay() -> None:
    """The delay is that of what arrives first."""
    room = 0.02 * reverberation(0.5, seed=7)
    room[0] = 1.0
    heard = delayed(through(SWEEP, room), 480)
    assert path(heard).delay_s * 1000 == pytest.approx(10.0, abs=0.05)


@pytest.mark.parametrize("noise_dbfs", [-60, -40, -30])
def test_noise_is_not_counted_as_sound(noise_dbfs: float) -> None:
    """Down to noise louder than the sweep itself the level holds; what drowns is left out of the response."""
    found = path(0.1 * delayed(SWEEP, 480) + white(noise_dbfs))
    assert found.level_db == pytest.approx(-20, abs=0.5)
    assert found.delay_s * 1000 == pytest.approx(10.0, abs=0.05)
    assert (len(found.response) < len(THIRD_OCTAVES_HZ)) is (noise_dbfs == -30)


@pytest.mark.parametrize("heard", [np.zeros(len(SWEEP)), white(-20), white(-90)])
def test_where_there_is_no_sweep_none_is_found(heard: np.ndarray) -> None:
    """Silence and noise are no path, and neither is what was never played."""
    assert measure([(SWEEP, heard)], 0.7) is None
    assert measure([(np.zeros(len(SWEEP)), heard)], 0.7) is None


def test_two_sweeps_tell_more_than_one() -> None:
    """Together they are found in noise as one path."""
    pairs = [(SWEEP, 0.1 * delayed(SWEEP, 480) + white(level)) for level in (-30, -31)]
    found = measure(pairs, 0.7)
    assert found is not None
    assert found.level_db == pytest.approx(-20, abs=0.5)
