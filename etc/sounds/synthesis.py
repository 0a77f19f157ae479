"""What the factory sounds are made of: tones, bells, shaped noise, and a room to put them in.

Everything is an array of mono samples at 44.1 kHz, computed whole; randomness has a fixed seed.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

RATE_HZ = 44_100

Sound = npt.NDArray[np.float64]


def time(seconds: float) -> Sound:
    """Return the moments of a sound of this length."""
    return np.arange(int(seconds * RATE_HZ)) / RATE_HZ


def silence(seconds: float) -> Sound:
    """Return nothing, for a while."""
    return np.zeros(int(seconds * RATE_HZ))


def mixed(parts: Iterable[Sound]) -> Sound:
    """Return parts of the same length on top of each other."""
    total: Sound = np.sum(list(parts), axis=0)
    return total


def sweep(frequency_hz: Sound | float, seconds: float) -> Sound:
    """Return a sine whose frequency follows a curve."""
    curve = np.broadcast_to(frequency_hz, time(seconds).shape)
    return np.sin(2 * np.pi * np.cumsum(curve) / RATE_HZ)


def harmonics(frequency_hz: Sound | float, seconds: float, levels: Sequence[float]) -> Sound:
    """Return a tone with overtones of these levels; overtones above hearing are left out."""
    curve = np.broadcast_to(frequency_hz, time(seconds).shape)
    phase = 2 * np.pi * np.cumsum(curve) / RATE_HZ
    highest = float(curve.max())
    parts = (
        level * np.sin(number * phase)
        for number, level in enumerate(levels, start=1)
        if number * highest < 0.45 * RATE_HZ
    )
    return mixed(parts)


def curve(seconds: float, *points: tuple[float, float]) -> Sound:
    """Return a line through points (part of the length, value)."""
    places, values = zip(*points, strict=True)
    line: Sound = np.interp(np.linspace(0, 1, len(time(seconds))), places, values)
    return line


def decay(seconds: float, fall_s: float, rise_s: float = 0.003) -> Sound:
    """Return the level of something struck: up at once, then down to a third in `fall_s`."""
    t = time(seconds)
    level = np.exp(-t / fall_s) * np.minimum(t / rise_s, 1.0)
    return level * np.minimum((seconds - t) / 0.02, 1.0)


def shaped(seconds: float, edges_s: float) -> Sound:
    """Return the level of something held, with soft edges."""
    t = time(seconds)
    ramp = np.clip(np.minimum(t, seconds - t) / edges_s, 0.0, 1.0)
    return np.sin(ramp * np.pi / 2) ** 2


def noise(rng: np.random.Generator, seconds: float) -> Sound:
    """Return white noise."""
    return rng.standard_normal(int(seconds * RATE_HZ))


def tinted(sound: Sound, *points: tuple[float, float]) -> Sound:
    """Return a sound filtered by a line through points (frequency in Hz, level in dB); it stays periodic."""
    spectrum = np.fft.rfft(sound)
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    places, levels = zip(*points, strict=True)
    decibels = np.interp(np.log2(frequencies + 1.0), np.log2(np.asarray(places) + 1.0), levels)
    return np.fft.irfft(spectrum * 10 ** (decibels / 20), len(sound))


def bell(
    frequency_hz: float,
    seconds: float,
    fall_s: float,
    partials: Sequence[tuple[float, float]] = ((1, 1), (2.76, 0.45), (5.4, 0.2), (8.93, 0.08)),
) -> Sound:
    """Return a struck bar or bell: partials (ratio, level), the higher ones gone sooner."""
    parts = (
        level * sweep(frequency_hz * ratio, seconds) * decay(seconds, fall_s / ratio**0.7)
        for ratio, level in partials
        if frequency_hz * ratio < 0.45 * RATE_HZ
    )
    return mixed(parts)


def together(seconds: float, parts: Iterable[tuple[float, Sound]], around: bool = False) -> Sound:
    """Return parts (start in seconds, sound) on top of each other; `around` wraps the end to the beginning."""
    total = silence(seconds)
    for start_s, part in parts:
        places = int(start_s * RATE_HZ) + np.arange(len(part))
        if around:
            np.add.at(total, places % len(total), part)
        else:
            inside = places < len(total)
            total[places[inside]] += part[inside]
    return total


def one_after_another(*parts: Sound) -> Sound:
    """Return parts in a row."""
    return np.concatenate(parts)


def in_a_room(
    rng: np.random.Generator, sound: Sound, fall_s: float, level: float, around: bool = False
) -> Sound:
    """Return a sound with the echo of a room; it gets longer by that, unless it goes `around`."""
    echo = noise(rng, fall_s * 6) * np.exp(-time(fall_s * 6) / fall_s)
    echo = tinted(echo, (0, -30), (200, -3), (1500, 0), (6000, -9), (16000, -30))
    echo /= np.sqrt(np.sum(echo**2))
    length = len(sound) if around else len(sound) + len(echo)
    size = max(length, len(echo)) if around else length
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(echo, size), size)[:length]
    dry = np.pad(sound, (0, length - len(sound)))
    return dry + level * wet


def faded(sound: Sound, seconds: float) -> Sound:
    """Return a sound that ends softly."""
    count = min(len(sound), int(seconds * RATE_HZ))
    result = sound.copy()
    result[-count:] *= np.cos(np.linspace(0, np.pi / 2, count)) ** 2
    return result
