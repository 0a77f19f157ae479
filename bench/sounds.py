"""Sounds to measure with."""

import io
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 48_000

Samples = NDArray[np.float64]


def burst(seconds: float = 0.15, frequency_hz: float = 1000.0) -> bytes:
    """Return a WAV file of a tone that is at its full level from its first samples on."""
    return wav(0.5 * np.cos(2 * np.pi * frequency_hz * _time(seconds)))


def chord(seconds: float, root_hz: float) -> Samples:
    """Return a chord that swells and fades, at a level that leaves room for many of them."""
    time = _time(seconds)
    notes = sum(np.sin(2 * np.pi * root_hz * ratio * time) for ratio in (1.0, 1.25, 1.5, 2.0))
    return np.asarray(0.01 * notes * (1.0 + 0.5 * np.sin(2 * np.pi * 0.3 * time)))


def chords(folder: Path, count: int, seconds: float) -> tuple[list[str], list[Path]]:
    """Make chords, each twice: decoded as the engine keeps clips, and as a file for others."""
    raw: list[str] = []
    files: list[Path] = []
    for number in range(count):
        samples = chord(seconds, 110.0 + 10.0 * number)
        clip, file = folder / f"{number}.pcm", folder / f"{number}.wav"
        clip.write_bytes(samples.astype("<f4").tobytes())
        file.write_bytes(wav(samples))
        raw.append(str(clip))
        files.append(file)
    return raw, files


def _time(seconds: float) -> Samples:
    return np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ


def wav(samples: Samples) -> bytes:
    """Return a WAV file of 16 bit."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes((samples * 32767).astype("<i2").tobytes())
    return file.getvalue()
