"""What an equaliser preset does to each frequency, computed from its filters rather than measured, to be drawn."""

import cmath
import math
from functools import cache
from typing import Final

from daemons.audio.equaliser import PRESETS, Band, Filter, HighPass, Shelf
from daemons.audio.sources import SAMPLE_RATE_HZ

_LOWEST_HZ: Final = 20.0
_HIGHEST_HZ: Final = 20_000.0
_POINTS: Final = 41

Coefficients = tuple[tuple[float, ...], tuple[float, ...]]
"""Of the numerator and of the denominator, for rising powers of the delay."""


@cache
def curve(preset: str) -> tuple[tuple[float, float], ...]:
    """Return (Hz, dB) over the range of hearing, at equal ratios."""
    ratio = (_HIGHEST_HZ / _LOWEST_HZ) ** (1 / (_POINTS - 1))
    frequencies = (_LOWEST_HZ * ratio**n for n in range(_POINTS))
    return tuple((round(hz, 1), round(gain_db(preset, hz), 2)) for hz in frequencies)


def gain_db(preset: str, hz: float) -> float:
    """Return the gain of a preset at one frequency."""
    total = 0.0
    for part in PRESETS[preset]:
        times = part.order if isinstance(part, HighPass) else 1
        total += times * 20 * math.log10(abs(_at(_coefficients(part), hz)))
    return total


def _at(coefficients: Coefficients, hz: float) -> complex:
    delay = cmath.exp(-2j * math.pi * hz / SAMPLE_RATE_HZ)
    above, below = (
        sum(factor * delay**power for power, factor in enumerate(side)) for side in coefficients
    )
    return above / below


def _coefficients(part: Filter) -> Coefficients:
    """The audio EQ cookbook's filters, which pedalboard has."""
    w = 2 * math.pi * part.hz / SAMPLE_RATE_HZ
    match part:
        case HighPass():
            n = math.tan(w / 2)
            return (1.0, -1.0), (n + 1, n - 1)
        case Band(_, db, q):
            a = 10 ** (db / 40)
            alpha = math.sin(w) / (2 * q)
            middle = -2 * math.cos(w)
            return (
                (1 + alpha * a, middle, 1 - alpha * a),
                (1 + alpha / a, middle, 1 - alpha / a),
            )
        case Shelf(_, db, high, q):
            return _shelf(10 ** (db / 40), math.cos(w), math.sin(w) / (2 * q), high)


def _shelf(a: float, cosine: float, alpha: float, high: bool) -> Coefficients:
    c = -cosine if high else cosine
    side = 2 * math.sqrt(a) * alpha
    sign = -1.0 if high else 1.0
    return (
        (
            a * (a + 1 - (a - 1) * c + side),
            sign * 2 * a * (a - 1 - (a + 1) * c),
            a * (a + 1 - (a - 1) * c - side),
        ),
        (
            a + 1 + (a - 1) * c + side,
            sign * -2 * (a - 1 + (a + 1) * c),
            a + 1 + (a - 1) * c - side,
        ),
    )
