"""From a sweep as it was played and as it was heard: how loud, how coloured and how late the path makes sound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from daemons.audio.selftest.signals import RATE_HZ, SWEEP_FROM_HZ, SWEEP_TO_HZ

Signal = npt.NDArray[np.floating]
_Response = npt.NDArray[np.float64]

THIRD_OCTAVES_HZ: Final = (
    63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1_000, 1_250, 1_600,
    2_000, 2_500, 3_150, 4_000, 5_000, 6_300, 8_000, 10_000, 12_500, 16_000,
)  # fmt: skip
LEVEL_FROM_HZ: Final = 200
LEVEL_TO_HZ: Final = 8_000

_FLOOR: Final = 1e-6
"""Of the greatest power in the sweep's spectrum: what is divided by is never less."""
_FLANK_OCTAVES: Final = 0.3
_BEFORE_S: Final = 0.015
_AFTER_S: Final = 0.5
_FADE_S: Final = 0.05
_CLEAR_OF_NOISE: Final = 8.0
"""By how many times a direct sound exceeds the noise (RMS): chance alone gives less than six."""
_CLEAR_BAND_DB: Final = 3.0
_FIRST_ARRIVAL: Final = 0.5


@dataclass(frozen=True)
class Path:
    """What a way from what is played to what is heard does to sound."""

    delay_s: float
    level_db: float
    """The mean over the thirds of an octave in which speech is; 0 is neither louder nor softer."""
    response: tuple[tuple[int, float], ...]
    """(Hz, dB above the level) of each third of an octave that is clear of the noise."""


def measure(sweeps: Sequence[tuple[Signal, Signal]], latest_s: float) -> Path | None:
    """Return what the path does, or None when the sweeps cannot be found in what was heard.

    Of each sweep what was played and what was heard is given, as long and from the same time on. The sound arrives
    within `latest_s`.
    """
    impulse = _impulse_response(sweeps)
    latest = round(latest_s * RATE_HZ)
    before, after = round(_BEFORE_S * RATE_HZ), round(_AFTER_S * RATE_HZ)
    # What would have been heard before it was played: there is only noise.
    early = impulse[-(before + after) - before : -before]
    magnitude = np.abs(impulse[: latest + 1])
    strongest = float(magnitude.max())
    if strongest <= 0 or strongest < _CLEAR_OF_NOISE * float(np.sqrt(np.mean(early**2))):
        return None
    first = int(np.argmax(magnitude >= _FIRST_ARRIVAL * strongest))
    peak = first + int(np.argmax(magnitude[first : first + RATE_HZ // 4_000]))
    gate = np.arange(peak - before, peak + after)
    window = np.clip((peak + after - gate) / (_FADE_S * RATE_HZ), 0, 1)
    powers = _band_powers(impulse[gate] * window)
    noise = _band_powers(early * window)
    clear = powers > noise * 10 ** (_CLEAR_BAND_DB / 10)
    wanted = clear & _in_speech()
    if not wanted.any():
        return None
    bands_db = 10 * np.log10(np.maximum(powers - noise, 1e-30))
    level_db = float(10 * np.log10(np.mean(10 ** (bands_db[wanted] / 10))))
    return Path(
        delay_s=(peak + _between_samples(magnitude, peak)) / RATE_HZ,
        level_db=level_db,
        response=tuple(
            (hz, float(db - level_db))
            for hz, db, is_clear in zip(THIRD_OCTAVES_HZ, bands_db, clear, strict=True)
            if is_clear
        ),
    )


def _impulse_response(sweeps: Sequence[tuple[Signal, Signal]]) -> _Response:
    """Divide the spectra; where nothing was played there is nothing to say."""
    size = -(-max(len(played) + len(heard) for played, heard in sweeps) // 4_800) * 4_800
    power = np.zeros(size // 2 + 1)
    product = np.zeros(size // 2 + 1, dtype=complex)
    for played, heard in sweeps:
        source = np.fft.rfft(played, size)
        power += np.abs(source) ** 2
        product += np.fft.rfft(heard, size) * np.conj(source)
    response = product / np.maximum(power, _FLOOR * float(power.max(initial=1e-30)))
    return np.asarray(np.fft.irfft(response * _played_range(size), size), dtype=np.float64)


def _played_range(size: int) -> _Response:
    """Return 1 for the frequencies in the sweep and 0 for others, with soft flanks, which ring little."""
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE_HZ), 1e-3)
    inside = np.minimum(np.log2(hz / SWEEP_FROM_HZ), np.log2(SWEEP_TO_HZ / hz)) / _FLANK_OCTAVES
    return np.asarray(np.sin(np.pi / 2 * np.clip(inside, 0, 1)) ** 2, dtype=np.float64)


def _band_powers(impulse: _Response) -> _Response:
    """Return the mean power gain in each third of an octave."""
    size = 2 * RATE_HZ
    power = np.abs(np.fft.rfft(impulse, size)) ** 2
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    means = []
    for number in range(len(THIRD_OCTAVES_HZ)):
        centre = 1_000 * 2 ** ((number - THIRD_OCTAVES_HZ.index(1_000)) / 3)
        inside = (hz >= centre * 2 ** (-1 / 6)) & (hz < centre * 2 ** (1 / 6))
        means.append(float(np.mean(power[inside])))
    return np.array(means)


def _in_speech() -> npt.NDArray[np.bool_]:
    bands = np.array(THIRD_OCTAVES_HZ)
    return (bands >= LEVEL_FROM_HZ) & (bands <= LEVEL_TO_HZ)


def _between_samples(magnitude: _Response, peak: int) -> float:
    """Return by how much the true peak is beside the sample `peak`: the vertex of a parabola through three."""
    if not 0 < peak < len(magnitude) - 1:
        return 0.0
    before, at, after = (float(magnitude[peak + step]) for step in (-1, 0, 1))
    bend = before - 2 * at + after
    return 0.0 if bend == 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
