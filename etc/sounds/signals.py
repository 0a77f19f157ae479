"""Factory sounds that call for attention: bells, ring tones, alarms."""

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
    mixed,
    noise,
    one_after_another,
    shaped,
    silence,
    sweep,
    time,
    tinted,
    together,
)

_SOFT = (1.0, 0.35, 0.18, 0.08)
_BRIGHT = (1.0, 0.6, 0.45, 0.3, 0.22, 0.15, 0.1)


def ding_dong(rng: np.random.Generator) -> Sound:
    """A door bell: a major third down."""
    strikes = together(2.6, [(0.0, bell(659.26, 2.0, 0.5)), (0.62, bell(523.25, 1.98, 0.6))])
    return faded(in_a_room(rng, strikes, 0.18, 0.25), 0.5)


def chime(rng: np.random.Generator) -> Sound:
    """The gong before an announcement: three notes up."""
    notes = [(0.0, 392.0), (0.45, 523.25), (0.9, 659.26)]
    strikes = together(2.6, [(start, bell(hz, 1.7, 0.55)) for start, hz in notes])
    return faded(in_a_room(rng, strikes, 0.2, 0.3), 0.6)[: int(2.6 * RATE_HZ)]


def logo(rng: np.random.Generator) -> Sound:
    """Our own five notes."""
    notes = [(0.0, 293.66), (0.16, 440.0), (0.32, 587.33), (0.56, 554.37), (0.8, 880.0)]
    plucked = together(
        2.8,
        [
            (
                start,
                harmonics(hz, 1.6, _SOFT) * decay(1.6, 0.45) * 0.7 + bell(hz * 2, 1.6, 0.3) * 0.3,
            )
            for start, hz in notes
        ],
    )
    ground = harmonics(146.83, 2.4, _SOFT) * curve(2.4, (0, 0), (0.3, 0.5), (1, 0))
    return faded(in_a_room(rng, together(2.8, [(0, plucked), (0.1, ground)]), 0.3, 0.35), 0.8)


def abracadabra(rng: np.random.Generator) -> Sound:
    """A wand: a run of small bells up, and a shimmer that stays."""
    scale = 523.25 * 2 ** (np.cumsum([0, 2, 2, 3, 2, 3, 2, 2, 3, 2, 3, 2, 2, 3, 2]) / 12)
    run = [(0.07 * n, 0.5 * bell(float(hz), 1.2, 0.35)) for n, hz in enumerate(scale)]
    sparks = [
        (float(start), 0.2 * bell(float(hz), 0.7, 0.15))
        for start, hz in zip(
            rng.uniform(0.9, 2.4, 30),
            rng.choice(scale[6:], 30) * rng.choice([1, 2], 30),
            strict=True,
        )
    ]
    whoosh = tinted(noise(rng, 1.2), (0, -60), (1500, -20), (6000, -2), (12000, -20))
    whoosh *= curve(1.2, (0, 0), (0.85, 0.12), (1, 0))
    return faded(in_a_room(rng, together(3.2, [*run, *sparks, (0, whoosh)]), 0.35, 0.5), 1.0)


def ringtone_1(rng: np.random.Generator) -> Sound:
    """A telephone: a warbling bell, twice, and a pause."""
    del rng
    warble = np.where(np.sin(2 * np.pi * 20 * time(0.4)) > 0, 1.0, 0.0)
    warble = np.convolve(warble, np.full(220, 1 / 220), mode="same")
    ring = (bell_tone(1_060, 0.4) * warble + bell_tone(1_280, 0.4) * (1 - warble)) * shaped(
        0.4, 0.01
    )
    return one_after_another(ring, silence(0.2), ring, silence(1.0))


def bell_tone(frequency_hz: float, seconds: float) -> Sound:
    """A bell that is struck so fast that it does not fade."""
    parts = ((1, 1.0), (2.4, 0.4), (4.1, 0.25))
    return mixed(level * sweep(frequency_hz * ratio, seconds) for ratio, level in parts)


def ringtone_2(rng: np.random.Generator) -> Sound:
    """A marimba figure over two bars, to be repeated."""
    beat, figure = 0.15, (0, 7, 12, 16, 12, 7, 4, 7, 2, 9, 14, 17, 14, 9, 5, 11)
    notes = [
        (beat * n, bell(392.0 * 2 ** (step / 12), 0.9, 0.16, ((1, 1), (3.93, 0.35), (9.2, 0.1))))
        for n, step in enumerate(figure)
    ]
    return in_a_room(rng, together(beat * len(figure), notes, around=True), 0.15, 0.2, around=True)


def alarm(rng: np.random.Generator) -> Sound:
    """Two hard tones by turns, four times a second."""
    del rng
    low, high = (harmonics(hz, 0.25, _BRIGHT) * shaped(0.25, 0.006) for hz in (800.0, 1_000.0))
    return one_after_another(*[low, high] * 8)


def emergency(rng: np.random.Generator) -> Sound:
    """The three-pulse pattern of evacuation signals (ISO 8201): half a second on, half off, a pause."""
    del rng
    pulse = harmonics(520.0, 0.5, (1.0, 0.0, 0.5, 0.0, 0.33, 0.0, 0.25)) * shaped(0.5, 0.012)
    pattern = one_after_another(*[pulse, silence(0.5)] * 3, silence(1.0))
    return one_after_another(pattern, pattern)


def siren(rng: np.random.Generator) -> Sound:
    """A wailing siren: up and down in four seconds, twice."""
    wail = 500 * 2 ** (0.5 - 0.5 * np.cos(2 * np.pi * time(4.0) / 4.0)) ** 0.8 * 1.05
    tone = np.tanh(1.5 * harmonics(wail, 4.0, _BRIGHT))
    return in_a_room(rng, one_after_another(tone, tone), 0.25, 0.25, around=True)
