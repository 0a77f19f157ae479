"""Voltage and current in thirds of an octave: what any amplifier that senses its load has to tell."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from hw.ports import Band, Sensed

SAMPLE_RATE_HZ: Final = 48_000
BANDS_HZ: Final = tuple(1000 * 2 ** (third / 3) for third in range(-7, 8))
"""The middles of the bands: 200 Hz to 5 kHz."""

Signal = npt.NDArray[np.floating[Any]]


def sensed(voltage: Signal, current: Signal) -> Sensed:
    """Return what was at the terminals, from samples in V and A over the same time."""
    return Sensed(_rms(voltage), _rms(current), tuple(_bands(voltage, current)))


def _bands(voltage: Signal, current: Signal) -> list[Band]:
    """Return each band with where in it the voltage's energy lies, and the RMS of both."""
    window = np.hanning(len(voltage))
    scale = 2 / (len(voltage) * np.sum(window**2))
    voltages = np.abs(np.fft.rfft(voltage * window)) ** 2 * scale
    currents = np.abs(np.fft.rfft(current * window)) ** 2 * scale
    frequencies = np.fft.rfftfreq(len(voltage), 1 / SAMPLE_RATE_HZ)
    found = []
    for middle in BANDS_HZ:
        low, high = np.searchsorted(frequencies, (middle * 2 ** (-1 / 6), middle * 2 ** (1 / 6)))
        energy = float(np.sum(voltages[low:high]))
        where = float(np.sum(voltages[low:high] * frequencies[low:high]))
        current_a = float(np.sum(currents[low:high])) ** 0.5
        found.append(Band(where / energy if energy > 0 else middle, energy**0.5, current_a))
    return found


def _rms(signal: Signal) -> float:
    return float(np.sqrt(np.mean(signal**2)))
