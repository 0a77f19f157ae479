"""The load at the amplifier's terminals: what a test found, and what is sensed later compared with it."""

import math
from collections.abc import Sequence
from enum import Enum
from typing import Final

import msgspec

from hw.ports import Band, Sensed

REFERENCE_HZ: Final = 1_000.0
"""Where the impedance is told as one figure."""
SHORT_BELOW_OHM: Final = 1.6
OPEN_ABOVE_OHM: Final = 200.0
NOMINAL_OHM: Final = (4, 8, 16)
_LEAST_OF_NOMINAL: Final = 0.8
"""How far the impedance of a loudspeaker may fall below its nominal one (IEC 60268-5)."""
_HIGHEST_OHM: Final = 2 * NOMINAL_OHM[-1] * _LEAST_OF_NOMINAL

LOUD_ENOUGH_V: Final = 0.2
LOUD_ENOUGH_A: Final = 0.2
"""RMS in the bands together; one of both has to be there, or the sensing's own noise would be judged."""


_BEYOND: Final = 1.05
"""How far outside the tested frequencies the curve can still be trusted."""


class Load(Enum):
    """What is wrong with a load, or that nothing is."""

    FINE = "fine"
    DEVIATES = "deviates"
    OPEN = "open"
    SHORT = "short"


class Point(msgspec.Struct, frozen=True):
    """The impedance at one frequency."""

    hz: float
    ohm: float


class Calibration(msgspec.Struct, frozen=True):
    """What a test found."""

    ohm: float
    """At 1 kHz."""
    by_frequency: list[Point]
    at: str
    """When, in ISO 8601 with UTC."""
    nominal_ohm: int | None
    """The nominal impedance that such a loudspeaker is sold under; None when it fits none."""

    @classmethod
    def of(cls, points: Sequence[Point], at: str) -> "Calibration":
        """Return what these points say."""
        ordered = sorted(points, key=lambda point: point.hz)
        return cls(
            round(_between(ordered, REFERENCE_HZ), 2),
            [Point(point.hz, round(point.ohm, 2)) for point in ordered],
            at,
            nominal([point.ohm for point in ordered]),
        )

    def expected_ohm(self, hz: float) -> float:
        """Return the impedance at a frequency: between the tested ones along a curve, outside that of the last."""
        return _between(self.by_frequency, hz)

    def _tested(self, hz: float) -> bool:
        lowest, highest = self.by_frequency[0].hz, self.by_frequency[-1].hz
        return lowest / _BEYOND <= hz <= highest * _BEYOND

    def factor(self, sensed: Sensed) -> float | None:
        """Return by what factor the load differs now; None when there is too little in the tested range to tell."""
        bands = [band for band in sensed.bands if self._tested(band.hz)]
        voltage = math.hypot(*(band.voltage_v for band in bands))
        current = math.hypot(*(band.current_a for band in bands))
        if voltage < LOUD_ENOUGH_V and current < LOUD_ENOUGH_A:
            return None
        if not current:
            return math.inf
        expected = (band.voltage_v / self.expected_ohm(band.hz) for band in bands)
        return math.hypot(*expected) / current


def impedance(band: Band) -> float:
    """Return the impedance in a band."""
    return band.voltage_v / band.current_a if band.current_a else math.inf


def verdict(ohm: float) -> Load:
    """Return what an impedance by itself says."""
    if ohm < SHORT_BELOW_OHM:
        return Load.SHORT
    return Load.OPEN if ohm > OPEN_ABOVE_OHM else Load.FINE


def nominal(ohms: Sequence[float]) -> int | None:
    """Return the nominal impedance of a loudspeaker: its lowest is no less than 80 % of that."""
    lowest = min(ohms)
    fitting = [each for each in NOMINAL_OHM if lowest >= _LEAST_OF_NOMINAL * each]
    return fitting[-1] if fitting and lowest < _HIGHEST_OHM else None


def _between(points: Sequence[Point], hz: float) -> float:
    """Interpolate by a parabola through the nearest three points, both axes logarithmic: coils rise so."""
    if hz <= points[0].hz or len(points) < 3:
        return min(points, key=lambda point: abs(point.hz - hz)).ohm
    if hz >= points[-1].hz:
        return points[-1].ohm
    middle = min(range(1, len(points) - 1), key=lambda index: abs(math.log(points[index].hz / hz)))
    near = points[middle - 1 : middle + 2]
    at = [math.log(point.hz) for point in near]
    value = [math.log(point.ohm) for point in near]
    wanted = math.log(hz)
    total = 0.0
    for one in range(3):
        weight = 1.0
        for other in range(3):
            if other != one:
                weight *= (wanted - at[other]) / (at[one] - at[other])
        total += weight * value[one]
    return math.exp(total)
