"""The speech transmission index of a path, from the STIPA signal as it was played and as it was heard.

Indicative: as IEC 60268-16 has it for STIPA, but without what depends on the absolute level at a listener's ear
(masking between the octaves, the threshold of hearing), which a microphone that is not calibrated cannot know. And
the modulation that was heard is compared with what was played, not with the depth the signal was made with, so that
the noise's own beating, an equaliser and a limiter before the loudspeaker do not count as the room's.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from daemons.audio.selftest.signals import BANDS, RATE_HZ

Signal = npt.NDArray[np.floating]

_MOST_SIGNAL_TO_NOISE_DB: Final = 15.0
_EDGE_OCTAVES: Final = 0.08

_LETTERS: Final = (
    (0.76, "A+"), (0.72, "A"), (0.68, "B"), (0.64, "C"), (0.60, "D"), (0.56, "E"), (0.52, "F"),
    (0.48, "G"), (0.44, "H"), (0.40, "I"), (0.36, "J"),
)  # fmt: skip
_WORDS: Final = ((0.75, "excellent"), (0.60, "good"), (0.45, "fair"), (0.30, "poor"))


def speech_transmission_index(played: Signal, heard: Signal) -> float:
    """Return the index, from 0 to 1. Both begin at the same time as the sound has it, and are equally long."""
    before = _modulations(played)
    after = _modulations(heard)
    transferred = np.clip(after / np.maximum(before, 1e-9), 0.0, 1.0)
    return index_of([(float(low), float(high)) for low, high in transferred])


def index_of(transferred: Sequence[tuple[float, float]]) -> float:
    """Return the index for what is left of each octave's two modulations, as factors from 0 to 1."""
    octaves = [float(np.mean([_transmission(factor) for factor in pair])) for pair in transferred]
    total = sum(band.weight * octave for band, octave in zip(BANDS, octaves, strict=True))
    shared = sum(
        band.redundancy * float(np.sqrt(here * above))
        for band, here, above in zip(BANDS[:-1], octaves[:-1], octaves[1:], strict=True)
    )
    return float(np.clip(total - shared, 0.0, 1.0))


def letter_of(index: float) -> str:
    """Return the qualification band of an index: A+ is best, U worst."""
    return next((letter for least, letter in _LETTERS if index >= least), "U")


def word_of(index: float) -> str:
    """Return what an index means for a listener."""
    return next((word for least, word in _WORDS if index >= least), "bad")


def _transmission(factor: float) -> float:
    """Return how much gets through, 0 to 1, from the factor on a modulation."""
    if factor >= 1.0:
        return 1.0
    if factor <= 0.0:
        return 0.0
    ratio_db = 10 * np.log10(factor / (1 - factor))
    within = np.clip(ratio_db, -_MOST_SIGNAL_TO_NOISE_DB, _MOST_SIGNAL_TO_NOISE_DB)
    return float((within + _MOST_SIGNAL_TO_NOISE_DB) / (2 * _MOST_SIGNAL_TO_NOISE_DB))


def _modulations(sound: Signal) -> npt.NDArray[np.float64]:
    """Return the depth of both modulations in each octave."""
    size = -(-len(sound) // 4_800) * 4_800
    spectrum = np.fft.rfft(sound, size)
    hz: npt.NDArray[np.float64] = np.fft.rfftfreq(size, 1 / RATE_HZ).astype(np.float64)
    return np.array(
        [
            [
                _depth(intensity, modulation_hz)
                for intensity in [_intensity(spectrum, hz, size, band.centre_hz)[: len(sound)]]
                for modulation_hz in band.modulations_hz
            ]
            for band in BANDS
        ]
    )


def _intensity(
    spectrum: npt.NDArray[np.complexfloating],
    hz: npt.NDArray[np.float64],
    size: int,
    centre_hz: float,
) -> npt.NDArray[np.float64]:
    """Return the momentary intensity in one octave, of which the flanks are a little soft."""
    away = np.abs(np.log2(np.maximum(hz, 1e-3) / centre_hz))
    flank = np.clip((0.5 + _EDGE_OCTAVES - away) / (2 * _EDGE_OCTAVES), 0, 1)
    octave = np.fft.irfft(spectrum * np.sin(np.pi / 2 * flank), size)
    return np.asarray(octave**2, dtype=np.float64)


def _depth(intensity: npt.NDArray[np.float64], modulation_hz: float) -> float:
    """Return how deep one modulation is, over as many whole periods of it as there are."""
    periods = int(len(intensity) * modulation_hz / RATE_HZ)
    frames = round(periods * RATE_HZ / modulation_hz)
    part = intensity[:frames]
    total = float(np.sum(part))
    if total <= 0.0:
        return 0.0
    turning = np.exp(-2j * np.pi * modulation_hz * np.arange(frames) / RATE_HZ)
    return float(2 * np.abs(np.sum(part * turning)) / total)
