"""The estimate of the noise around the unit."""

import pytest

from daemons.audio.input.ambient import WINDOWS_KEPT, WINDOWS_NEEDED, AmbientNoise


def test_there_is_no_estimate_before_a_second_of_quiet() -> None:
    """What the unit itself plays does not count."""
    noise = AmbientNoise()
    for _ in range(WINDOWS_NEEDED - 1):
        noise.hear(-50.0, quiet=True)
        noise.hear(-10.0, quiet=False)
    assert noise.dbfs is None
    noise.hear(-50.0, quiet=True)
    assert noise.dbfs == pytest.approx(-50.0)


def test_somebody_who_speaks_now_and_then_is_no_noise() -> None:
    """Half of the time there is a voice; the estimate stays at what is between the words."""
    noise = AmbientNoise()
    for window in range(WINDOWS_KEPT):
        noise.hear(-25.0 if window % 2 else -60.0, quiet=True)
    assert noise.dbfs == pytest.approx(-60.0)


def test_it_follows_a_noise_that_stays_within_five_seconds() -> None:
    """Louder or quieter, the last five seconds count."""
    noise = AmbientNoise()
    for level in (-60.0, -40.0, -70.0):
        for _ in range(WINDOWS_KEPT):
            noise.hear(level, quiet=True)
        assert noise.dbfs == pytest.approx(level)


def test_it_is_kept_while_the_unit_sounds() -> None:
    """An hour of music later it is what it was."""
    noise = AmbientNoise()
    for _ in range(WINDOWS_NEEDED):
        noise.hear(-55.0, quiet=True)
    for _ in range(1000):
        noise.hear(-10.0, quiet=False)
    assert noise.dbfs == pytest.approx(-55.0)
