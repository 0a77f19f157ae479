"""What the self test plays: sweeps for level, response and delay, and the STIPA signal for speech.

The STIPA signal (IEC 60268-16) is noise in the seven octaves of speech, each as loud as in a male voice, and each
with an intensity that two modulations move as syllables do.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

RATE_HZ: Final = 48_000

SWEEP_FROM_HZ: Final = 30.0
SWEEP_TO_HZ: Final = 20_000.0
SWEEP_PEAK: Final = 0.2
_SWEEP_EDGE_S: Final = 0.02

SPEECH_RMS: Final = 0.1
"""-20 dBFS, as loud as an announcement."""
MODULATION_DEPTH: Final = 0.55
_SEED: Final = 60268


@dataclass(frozen=True)
class SpeechBand:
    """One octave of the STIPA signal."""

    centre_hz: float
    level_db: float
    """How loud it is in speech."""
    modulations_hz: tuple[float, float]
    weight: float
    """What it counts for understanding."""
    redundancy: float
    """What of that the next octave tells as well."""


BANDS: Final = (
    SpeechBand(125, 2.9, (1.60, 8.00), 0.085, 0.085),
    SpeechBand(250, 2.9, (1.00, 5.00), 0.127, 0.078),
    SpeechBand(500, -0.8, (0.63, 3.15), 0.230, 0.065),
    SpeechBand(1_000, -6.8, (2.00, 10.00), 0.233, 0.011),
    SpeechBand(2_000, -12.8, (1.25, 6.25), 0.309, 0.047),
    SpeechBand(4_000, -18.8, (0.80, 4.00), 0.224, 0.095),
    SpeechBand(8_000, -24.8, (2.50, 12.50), 0.173, 0.0),
)


@dataclass(frozen=True)
class Plan:
    """How long each part lasts, in seconds."""

    quiet_s: float = 0.6
    """Before anything is played: how noisy it is."""
    sweep_s: float = 2.0
    rest_s: float = 0.8
    """After each sweep, for the room to die away."""
    sweeps: int = 2
    settle_s: float = 1.0
    """Of the speech signal before it counts: the room fills."""
    speech_s: float = 15.0
    tail_s: float = 0.3

    @property
    def total_s(self) -> float:
        """All of it."""
        sweeps_s = self.sweeps * (self.sweep_s + self.rest_s)
        return self.quiet_s + sweeps_s + self.settle_s + self.speech_s + self.tail_s


def silence(seconds: float) -> Samples:
    """Return nothing, for that long."""
    return np.zeros(round(seconds * RATE_HZ), dtype=np.float32)


def sweep(seconds: float) -> Samples:
    """Return a sine that rises by the same number of octaves each second, with soft ends."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    growth = np.log(SWEEP_TO_HZ / SWEEP_FROM_HZ)
    phase = 2 * np.pi * SWEEP_FROM_HZ * seconds / growth * np.expm1(time / seconds * growth)
    edge = np.clip(np.minimum(time, seconds - time) / _SWEEP_EDGE_S, 0, 1)
    tone = SWEEP_PEAK * np.sin(phase) * np.sin(np.pi / 2 * edge) ** 2
    return np.asarray(tone, dtype=np.float32)


def speech(seconds: float) -> Samples:
    """Return the STIPA signal, always the same."""
    frames = round(seconds * RATE_HZ)
    time = np.arange(frames) / RATE_HZ
    generator = np.random.default_rng(_SEED)
    total = np.zeros(frames)
    for band in BANDS:
        carrier = _noise(generator, frames, band.centre_hz)
        low, high = band.modulations_hz
        # In counter-phase, so that the intensity never falls below zero.
        swing = np.sin(2 * np.pi * low * time) - np.sin(2 * np.pi * high * time)
        carrier *= np.sqrt(0.5 * (1 + MODULATION_DEPTH * swing))
        total += carrier * 10 ** (band.level_db / 20) / np.sqrt(np.mean(carrier**2))
    total *= SPEECH_RMS / np.sqrt(np.mean(total**2))
    return total.astype(np.float32)


# The annotation is a text, for naming the generator loads numpy.random: 2 MB until somebody tests something.
def _noise(
    generator: "np.random.Generator", frames: int, centre_hz: float
) -> npt.NDArray[np.float64]:
    """Return pink noise, half an octave wide, so that the modulation's side bands stay within the octave."""
    size = _easy_size(frames)
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    inside = (hz >= centre_hz * 2**-0.25) & (hz <= centre_hz * 2**0.25)
    spectrum = np.zeros(len(hz), dtype=complex)
    phase = generator.uniform(0, 2 * np.pi, int(inside.sum()))
    spectrum[inside] = np.exp(1j * phase) / np.sqrt(hz[inside])
    return np.fft.irfft(spectrum, size)[:frames]


def _easy_size(frames: int) -> int:
    """Return a length for which Fourier transforms are quick."""
    return -(-frames // 4_800) * 4_800
