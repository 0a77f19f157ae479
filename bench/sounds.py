"""Sounds to measure with."""

import io
import wave

import numpy as np

SAMPLE_RATE_HZ = 48_000


def burst(seconds: float = 0.15, frequency_hz: float = 1000.0) -> bytes:
    """Return a WAV file of a tone that is at its full level from its first samples on."""
    return _wav(0.5 * np.cos(2 * np.pi * frequency_hz * _time(seconds)))


def music(seconds: float) -> bytes:
    """Return a WAV file of a chord that swells and fades, at a level that leaves room for many of them."""
    time = _time(seconds)
    chord = sum(np.sin(2 * np.pi * frequency * time) for frequency in (220.0, 277.2, 329.6, 440.0))
    return _wav(0.02 * chord * (1.0 + 0.5 * np.sin(2 * np.pi * 0.3 * time)))


def _time(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def _wav(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes((samples * 32767).astype("<i2").tobytes())
    return file.getvalue()
