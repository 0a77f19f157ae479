"""A true-peak limiter: holds a ceiling also between the samples, and leaves alone what stays below it.

The peak between two samples is found by interpolating eight times finer. The gain that the peaks ask for is
held, released in a straight line and averaged, so that it has come down smoothly when the peak arrives: the
sound is late by `delay_frames` for that. While no peak asks for less than 1.0, what comes out is bit for bit
what went in, that much later.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

_OVERSAMPLING: Final = 8
_HALF_TAPS: Final = 12
_ATTACK: Final = 40
_GUARD: Final = 4
_HOLD: Final = _ATTACK + 2 * _GUARD + 1
_SHIFT: Final = _ATTACK - 1 + _GUARD
_RELEASE_S: Final = 0.3

# Between the finer samples a peak at 20 kHz can rise by another 0.12 dB.
_MARGIN_DB: Final = 0.13

_AS_GOOD_AS_ONE: Final = 1.0 - 1e-9

# Beyond this (or when it is not a number at all) a sample is an accident.
_ABSURD: Final = 1e4


def _interpolators() -> Samples:
    """Return one windowed-sinc row for each of the points between two samples."""
    fractions = np.arange(1, _OVERSAMPLING)[:, None] / _OVERSAMPLING
    distance = np.arange(-_HALF_TAPS + 1, _HALF_TAPS + 1)[None, :] - fractions
    window = np.i0(6.0 * np.sqrt(1 - (distance / _HALF_TAPS) ** 2)) / np.i0(6.0)
    rows = np.sinc(distance) * window
    normal: Samples = (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)
    return normal


class TruePeakLimiter:
    """Holds the ceiling over periods of one fixed length."""

    delay_frames: Final = _SHIFT + _HALF_TAPS

    def __init__(self, period_frames: int, ceiling_dbtp: float = -1.0) -> None:
        self._threshold = float(10.0 ** ((ceiling_dbtp - _MARGIN_DB) / 20.0))
        self._frames = period_frames
        self._taps = _interpolators()
        self._overshoot = float(np.abs(self._taps).sum(axis=1).max())

        # [the past that is still needed | the period that came in]
        past = self.delay_frames + 2 * _HALF_TAPS
        self._line = np.zeros(past + period_frames, dtype=np.float32)
        self._past = self._line[:past]
        self._input = self._line[past:]
        self._delayed = self._line[past - self.delay_frames :][:period_frames]
        self._seen = self._line[past - 2 * _HALF_TAPS :]
        first = past - 2 * _HALF_TAPS + 1
        self._windows = sliding_window_view(self._line[first:], 2 * _HALF_TAPS).T
        self._points = self._line[past - _HALF_TAPS :][:period_frames]

        self._ramp = np.arange(period_frames) * (1.0 / (_RELEASE_S * SAMPLE_RATE_HZ))
        self._rise = 1.0 / (_RELEASE_S * SAMPLE_RATE_HZ)
        self._last_peak = 0.0
        self._needed = np.ones(_HOLD - 1 + period_frames)
        self._held = np.ones(_ATTACK + period_frames)
        self._resting = True
        self.lowest_gain = 1.0
        """The least factor in the period that was processed last."""

    @property
    def limiting(self) -> bool:
        """Whether some gain below 1.0 is in force."""
        return not self._resting

    def process(self, block: Samples) -> None:
        """Replace the block by what is to be heard, late by `delay_frames`."""
        self.lowest_gain = 1.0
        self._past[:] = self._line[self._frames :]
        self._input[:] = block
        highest = max(float(self._seen.max()), -float(self._seen.min()))
        if not highest < _ABSURD:
            np.nan_to_num(self._line, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
            np.clip(self._line, -1.0, 1.0, out=self._line)
            highest = 1.0
        if self._resting and highest * self._overshoot <= self._threshold:
            block[:] = self._delayed
            self._last_peak = self._threshold
            return
        peaks = self._peaks()
        if self._resting and float(peaks.max()) <= self._threshold:
            block[:] = self._delayed
            return
        gains = self._gains(peaks)
        self.lowest_gain = float(gains.min())
        np.multiply(self._delayed, gains, out=block, casting="same_kind")

    def _peaks(self) -> npt.NDArray[np.float32]:
        """Return the highest point near each sample; the previous interval belongs to it as well."""
        between: Samples = np.abs(self._taps @ self._windows)
        peaks: Samples = np.maximum(between.max(axis=0), np.abs(self._points))
        last = float(peaks[-1])
        before = np.concatenate(([np.float32(self._last_peak)], peaks[:-1]))
        self._last_peak = last
        return np.maximum(peaks, before)

    def _gains(self, peaks: Samples) -> npt.NDArray[np.float64]:
        """Return the gain of each sample: held, released, averaged."""
        frames = self._frames
        self._needed[: _HOLD - 1] = self._needed[frames:]
        np.divide(
            self._threshold,
            np.maximum(peaks, self._threshold, dtype=np.float64),
            out=self._needed[_HOLD - 1 :],
        )
        lowest = self._needed
        width = 1
        while width * 2 <= _HOLD:
            lowest = np.minimum(lowest[width:], lowest[:-width])
            width *= 2
        rest = _HOLD - width
        lowest = np.minimum(lowest[rest:], lowest[:-rest])

        last = self._held[-1]
        self._held[:_ATTACK] = self._held[frames:]
        falling = np.minimum.accumulate(lowest - self._ramp)
        held = self._held[_ATTACK:]
        np.add(np.minimum(falling, last + self._rise), self._ramp, out=held)
        np.minimum(held, lowest, out=held)
        held[held > _AS_GOOD_AS_ONE] = 1.0
        self._resting = bool(held[-_ATTACK:].min() == 1.0 and self._needed[frames:].min() == 1.0)

        sums = np.cumsum(self._held)
        return (sums[_ATTACK:] - sums[:-_ATTACK]) / _ATTACK
