"""Automatic volume control: bounded, slow, with hysteresis, and never below the gain that was set."""

import itertools

import pytest

from daemons.audio.automatic_volume import (
    FALL_DB_PER_S,
    HYSTERESIS_DB,
    RISE_DB_PER_S,
    AutomaticVolume,
    VolumeSettings,
)

STEP_S = 0.5


@pytest.fixture
def volume() -> AutomaticVolume:
    """Return a control that is on, with 10 dB of range above -60 dBFS."""
    made = AutomaticVolume()
    made.settings = VolumeSettings(enabled=True, range_db=10.0, reference_dbfs=-60.0)
    return made


def settle(
    volume: AutomaticVolume,
    ambient_dbfs: float | None,
    seconds: float = 10.0,
    deaf: bool = False,
    may_fall: bool = True,
) -> list[float]:
    """Let time pass and return the gain after each step."""
    return [
        volume.step(ambient_dbfs, STEP_S, deaf=deaf, may_fall=may_fall)
        for _ in range(round(seconds / STEP_S))
    ]


def test_the_gain_follows_the_noise_within_its_range(volume: AutomaticVolume) -> None:
    """One dB for one dB above the reference, never more than the range, never less than nothing."""
    assert settle(volume, -54.0)[-1] == 6.0
    assert settle(volume, -20.0)[-1] == 10.0
    assert settle(volume, -100.0)[-1] == 0.0


def test_it_is_slow(volume: AutomaticVolume) -> None:
    """No step is larger than the time allows, on either way."""
    up = [0.0, *settle(volume, -50.0)]
    assert max(b - a for a, b in itertools.pairwise(up)) == RISE_DB_PER_S * STEP_S
    down = [up[-1], *settle(volume, -80.0)]
    assert max(a - b for a, b in itertools.pairwise(down)) == FALL_DB_PER_S * STEP_S


def test_small_changes_of_the_noise_change_nothing(volume: AutomaticVolume) -> None:
    """Noise that wavers by less than the hysteresis leaves the gain where it is."""
    settled = settle(volume, -55.0)[-1]
    wavering = [
        volume.step(-55.0 + offset, STEP_S, deaf=False, may_fall=True)
        for offset in (HYSTERESIS_DB - 0.1, 0.5, -HYSTERESIS_DB + 0.1, 0.0)
    ]
    assert set(wavering) == {settled}
    assert settle(volume, -55.0 + HYSTERESIS_DB)[-1] == settled + HYSTERESIS_DB


def test_while_nothing_is_known_the_gain_stays(volume: AutomaticVolume) -> None:
    """Without a new estimate nothing moves; without ears it goes back to the gain that was set."""
    settle(volume, -52.0)
    assert settle(volume, None)[-1] == 8.0
    assert settle(volume, None, deaf=True)[-1] == 0.0


def test_an_emergency_is_not_turned_down(volume: AutomaticVolume) -> None:
    """What holds the gain up lets it rise, not fall."""
    settle(volume, -52.0)
    assert min(settle(volume, -90.0, may_fall=False)) == 8.0
    assert settle(volume, -50.0, may_fall=False)[-1] == 10.0
    assert settle(volume, -90.0)[-1] == 0.0


def test_switched_off_it_goes_back_and_rests(volume: AutomaticVolume) -> None:
    """The set gain comes back as slowly as ever; then there is nothing left to do."""
    settle(volume, -50.0)
    volume.settings = VolumeSettings(enabled=False)
    first, *_rest = settle(volume, -50.0)
    assert first == 10.0 - FALL_DB_PER_S * STEP_S
    assert volume.gain_db == 0.0
    assert volume.at_rest


def test_a_smaller_range_holds_at_once_as_the_target(volume: AutomaticVolume) -> None:
    """Where the range shrinks, the gain goes down into it; a range of 1 dB still works."""
    settle(volume, -40.0)
    volume.settings = VolumeSettings(enabled=True, range_db=1.0)
    assert settle(volume, None)[-1] == 1.0
    assert settle(volume, -60.0)[-1] == 0.0
    assert settle(volume, -59.0)[-1] == 1.0
