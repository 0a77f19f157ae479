"""Factory sounds of things and animals."""

import numpy as np

from etc.sounds.synthesis import (
    RATE_HZ,
    Sound,
    bell,
    curve,
    decay,
    faded,
    harmonics,
    in_a_room,
    noise,
    shaped,
    sweep,
    time,
    tinted,
    together,
)


def camera_clicks(rng: np.random.Generator) -> Sound:
    """A shutter, five times: the mirror up, the curtain, the mirror down."""
    click = together(
        0.3,
        [
            (0.0, _knock(rng, 0.05, 1_800, 0.006)),
            (0.035, 0.7 * _knock(rng, 0.04, 4_200, 0.004)),
            (0.09, 0.8 * _knock(rng, 0.08, 1_100, 0.009)),
            (0.1, 0.04 * noise(rng, 0.15) * shaped(0.15, 0.05)),
        ],
    )
    starts = (0.05, 0.55, 0.85, 1.15, 1.8)
    return faded(in_a_room(rng, together(2.2, [(s, click) for s in starts]), 0.06, 0.15), 0.2)


def _knock(rng: np.random.Generator, seconds: float, frequency_hz: float, fall_s: float) -> Sound:
    octave = (frequency_hz / 2, -18), (frequency_hz, 0), (frequency_hz * 2, -10)
    struck = tinted(noise(rng, seconds), (0, -60), *octave, (20_000, -30))
    return struck * decay(seconds, fall_s, 0.0005)


def psssst(rng: np.random.Generator) -> Sound:
    """Somebody wants to be heard by one person only."""
    hiss = tinted(noise(rng, 0.75), (0, -80), (2_500, -40), (5_500, 0), (9_000, -2), (16_000, -20))
    hiss *= curve(0.75, (0, 0), (0.1, 0.5), (0.6, 1.0), (0.8, 0.8), (0.82, 0.05), (1, 0))
    lips = tinted(noise(rng, 0.03), (0, -40), (300, 0), (1_500, -12), (8_000, -30))
    tongue = tinted(noise(rng, 0.05), (0, -60), (2_000, -10), (4_500, 0), (12_000, -10))
    return together(
        1.0,
        [
            (0.02, 0.6 * lips * decay(0.03, 0.006, 0.001)),
            (0.05, hiss),
            (0.68, 0.9 * tongue * decay(0.05, 0.012, 0.001)),
        ],
    )


def dog(rng: np.random.Generator, voice_hz: float, barks: tuple[tuple[float, float], ...]) -> Sound:
    """A dog with this voice; barks are (start in seconds, strength)."""
    parts = [(start, strength * _bark(rng, voice_hz, strength)) for start, strength in barks]
    return faded(in_a_room(rng, together(barks[-1][0] + 0.5, parts), 0.12, 0.25), 0.3)


def _bark(rng: np.random.Generator, voice_hz: float, strength: float) -> Sound:
    seconds = 0.16 + 30 / voice_hz * strength
    contour = curve(seconds, (0, 0.75), (0.2, 1.25), (0.5, 1.1), (1, 0.65))
    pitch = voice_hz * rng.uniform(0.95, 1.05) * contour
    pitch *= 1 + 0.03 * np.cumsum(noise(rng, seconds)) / np.sqrt(RATE_HZ * seconds)
    throat = harmonics(pitch, seconds, [1 / number**0.6 for number in range(1, 25)])
    breath = noise(rng, seconds) * (1 + np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ))
    size = voice_hz / 400
    mouth = (
        (0, -40), (150 * size, -12), (550 * size, 0), (900 * size, -8), (1_400 * size, -2),
        (2_200 * size, -14), (3_200 * size, -12), (5_500, -28), (12_000, -50),
    )  # fmt: skip
    voice = tinted(np.pad(throat + 0.3 * breath, (0, 2_000)), *mouth)[: len(throat)]
    opening = curve(seconds, (0, 0), (0.08, 1), (0.35, 0.9), (0.7, 0.35), (1, 0))
    barked: Sound = np.tanh(2 * voice / np.abs(voice).max()) * opening
    return barked


def birds_chirping(rng: np.random.Generator) -> Sound:
    """A garden in the morning: three birds, each with its own phrase. It can go on for ever."""
    seconds = 12.0
    parts: list[tuple[float, Sound]] = []
    for start in np.arange(0.3, seconds, 2.9):
        parts.append((float(start + rng.uniform(0, 0.5)), 0.6 * _whistle(rng)))
    for start in np.arange(1.2, seconds, 2.1):
        parts.append((float(start + rng.uniform(0, 0.6)), 0.3 * _trill(rng)))
    for start in rng.uniform(0, seconds, 14):
        parts.append((float(start), 0.25 * _tweet(rng)))
    leaves = tinted(noise(rng, seconds), (0, -60), (300, -46), (2_000, -40), (9_000, -60))
    return in_a_room(rng, together(seconds, parts, around=True), 0.25, 0.35, around=True) + leaves


def _whistle(rng: np.random.Generator) -> Sound:
    notes, start = [], 0.0
    for hz in rng.choice([2_300, 2_600, 2_900, 3_300], 4):
        length = float(rng.uniform(0.12, 0.25))
        bend = hz * curve(length, (0, 0.96), (0.4, 1.03), (1, rng.uniform(0.9, 1.1)))
        notes.append((start, sweep(bend, length) * shaped(length, 0.03)))
        start += length + 0.06
    return together(start + 0.1, notes)


def _trill(rng: np.random.Generator) -> Sound:
    top = float(rng.uniform(4_200, 5_200))
    note = sweep(top * curve(0.045, (0, 1.2), (1, 0.8)), 0.045) * shaped(0.045, 0.012)
    count = int(rng.integers(6, 12))
    return together(
        0.06 * count + 0.05, [(0.06 * n, note * (0.5 + n / count)) for n in range(count)]
    )


def _tweet(rng: np.random.Generator) -> Sound:
    top = float(rng.uniform(5_000, 6_800))
    return sweep(top * curve(0.09, (0, 0.8), (0.5, 1.1), (1, 0.9)), 0.09) * shaped(0.09, 0.02)


def breaking_waves(rng: np.random.Generator) -> Sound:
    """A beach: waves that come in, break and run out. It can go on for ever."""
    seconds = 16.0
    swell = tinted(noise(rng, seconds), (0, -60), (50, -4), (200, -4), (900, -22), (8_000, -60))
    parts: list[tuple[float, Sound]] = []
    for start, length, strength in ((0.0, 7.5, 1.0), (5.2, 7.0, 0.7), (10.3, 8.0, 0.9)):
        surf = tinted(
            noise(rng, length), (0, -50), (150, -8), (800, -8), (3_000, -12), (14_000, -30)
        )
        foam = tinted(noise(rng, length), (0, -80), (2_000, -30), (7_000, -12), (15_000, -20))
        parts.append(
            (
                start,
                strength * surf * curve(length, (0, 0), (0.3, 0.3), (0.38, 1), (0.5, 0.6), (1, 0))
                + strength * foam * curve(length, (0, 0), (0.35, 0.1), (0.5, 0.8), (1, 0)),
            )
        )
    motion = 0.6 + 0.4 * np.sin(2 * np.pi * 3 * time(seconds) / seconds)
    return together(seconds, parts, around=True) + 0.6 * swell * motion


def wind_chimes(rng: np.random.Generator) -> Sound:
    """Five tubes and gusts of wind. It can go on for ever."""
    seconds = 12.0
    tubes = [hz * 2 for hz in (440.0, 493.88, 587.33, 659.26, 739.99)]
    gusts = np.concatenate([rng.normal(centre, 0.7, 11) for centre in (2.0, 6.5, 10.0)]) % seconds
    strikes = [
        (float(start), rng.uniform(0.3, 1.0) * bell(float(rng.choice(tubes)), 4.0, 1.1))
        for start in gusts
    ]
    wind = tinted(noise(rng, seconds), (0, -60), (120, -42), (500, -38), (1_500, -56), (9_000, -80))
    return in_a_room(rng, together(seconds, strikes, around=True), 0.3, 0.3, around=True) + wind
