"""The speech transmission index on rooms of which theory gives it."""

import numpy as np
import pytest

from daemons.audio.selftest.intelligibility import (
    index_of,
    letter_of,
    speech_transmission_index,
    word_of,
)
from daemons.audio.selftest.signals import BANDS, RATE_HZ, SPEECH_RMS, speech
from tests.unit.audio.selftest_rooms import (
    SPEECH,
    coloured,
    delayed,
    reverberation,
    speech_like_noise,
    through,
)

SETTLED = RATE_HZ


def index(heard: np.ndarray) -> float:
    """Return the index of what was heard of the test's speech signal, once the room is full."""
    return speech_transmission_index(SPEECH[SETTLED:], heard[SETTLED:])


def test_a_clean_path_transmits_everything() -> None:
    """Another level and some colour take nothing away."""
    assert index(SPEECH * 0.02) >= 0.99
    assert index(coloured(SPEECH, {63: -12.0, 500: 0.0, 4_000: 6.0, 16_000: -6.0})) >= 0.98


def test_a_few_milliseconds_beside_change_nothing() -> None:
    """Both recordings need not be aligned to the sample."""
    assert index(delayed(SPEECH, 240.5)) >= 0.98


@pytest.mark.parametrize("ratio_db", [10, 0, -10])
def test_noise_takes_what_theory_says(ratio_db: float) -> None:
    """With noise as loud as speech in each octave half gets through; each 3 dB are a tenth."""
    heard = SPEECH + speech_like_noise(len(SPEECH), ratio_db)
    assert index(heard) == pytest.approx((ratio_db + 15) / 30, abs=0.03)


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_reverberation_takes_what_theory_says(seconds: float) -> None:
    """In a diffuse room a modulation F is left as 1 / sqrt(1 + (2 pi F T / 13.8)^2)."""
    expected = index_of(
        [
            (
                float(1 / np.sqrt(1 + (2 * np.pi * low * seconds / 13.8155) ** 2)),
                float(1 / np.sqrt(1 + (2 * np.pi * high * seconds / 13.8155) ** 2)),
            )
            for low, high in (band.modulations_hz for band in BANDS)
        ]
    )
    measured = index(through(SPEECH, reverberation(seconds, seed=1)))
    assert measured == pytest.approx(expected, abs=0.04)


def test_nothing_heard_is_nothing_understood() -> None:
    """Silence and a foreign noise transmit nothing."""
    assert index(np.zeros(len(SPEECH))) == 0
    assert index(np.random.default_rng(3).standard_normal(len(SPEECH))) < 0.1


def test_the_weights_of_the_octaves_make_one() -> None:
    """All through is 1, nothing through is 0, half through in each octave is a half."""
    assert index_of([(1.0, 1.0)] * 7) == pytest.approx(1.0)
    assert index_of([(0.0, 0.0)] * 7) == 0.0
    assert index_of([(0.5, 0.5)] * 7) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("value", "letter", "word"),
    [
        (1.0, "A+", "excellent"),
        (0.74, "A", "good"),
        (0.5, "G", "fair"),
        (0.44, "H", "poor"),
        (0.36, "J", "poor"),
        (0.2, "U", "bad"),
    ],
)
def test_an_index_has_a_letter_and_a_word(value: float, letter: str, word: str) -> None:
    """The qualification bands of the standard's annex, and its words."""
    assert (letter_of(value), word_of(value)) == (letter, word)


def test_the_signal_is_as_loud_as_it_says_and_always_the_same() -> None:
    """-20 dBFS, nowhere near full scale, and the same noise every time."""
    assert np.sqrt(np.mean(SPEECH.astype(float) ** 2)) == pytest.approx(SPEECH_RMS, rel=1e-3)
    assert np.max(np.abs(SPEECH)) < 0.7
    assert np.array_equal(SPEECH, speech(11.0))
