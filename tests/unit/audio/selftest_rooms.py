"""Synthetic rooms: paths whose delay, colour, reverberation and noise are known beforehand."""

import numpy as np

from daemons.audio.selftest import signals
from daemons.audio.selftest.signals import BANDS, RATE_HZ

SPEECH = signals.speech(11.0)


def delayed(sound: np.ndarray, frames: float) -> np.ndarray:
    """Delay a sound, also by parts of a sample."""
    size = 2 * len(sound)
    turned = np.exp(-2j * np.pi * np.fft.rfftfreq(size) * frames)
    return np.fft.irfft(np.fft.rfft(sound, size) * turned, size)[: len(sound)]


def through(sound: np.ndarray, response: np.ndarray) -> np.ndarray:
    """Send a sound through a path with that impulse response."""
    size = len(sound) + len(response)
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]


def coloured(sound: np.ndarray, gain_db: dict[int, float]) -> np.ndarray:
    """Raise or lower octaves, by their centres; between them the gain changes evenly."""
    size = 2 * len(sound)
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE_HZ), 1.0)
    gain = np.interp(np.log2(hz), np.log2(list(gain_db)), list(gain_db.values()))
    return np.fft.irfft(np.fft.rfft(sound, size) * 10 ** (gain / 20), size)[: len(sound)]


def reverberation(seconds: float, seed: int) -> np.ndarray:
    """Return a diffuse room: noise that falls by 60 dB in that time."""
    time = np.arange(round(1.2 * seconds * RATE_HZ)) / RATE_HZ
    return np.random.default_rng(seed).standard_normal(len(time)) * 10 ** (-3 * time / seconds)


def speech_like_noise(frames: int, below_speech_db: float, seed: int = 5) -> np.ndarray:
    """Return noise with the spectrum of the STIPA signal."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(frames))
    hz = np.fft.rfftfreq(frames, 1 / RATE_HZ)
    noise = np.zeros(frames)
    for band in BANDS:
        inside = (hz >= band.centre_hz * 2**-0.5) & (hz < band.centre_hz * 2**0.5)
        part = np.fft.irfft(spectrum * inside, frames)
        noise += part / np.sqrt(np.mean(part**2)) * 10 ** (band.level_db / 20)
    level = signals.SPEECH_RMS * 10 ** (-below_speech_db / 20)
    whole = np.sqrt(sum(10 ** (band.level_db / 10) for band in BANDS))
    return np.asarray(noise * level / whole)
