"""Loudness (EBU R128, by libebur128) and true peak of mono sound, in threads beside the decoder.

A clip of three seconds or more gets its integrated loudness. A shorter one has too few gating blocks for that
to mean anything, so it gets its greatest momentary loudness: the loudest 400 ms, with silence where the clip
is over. So a click is measured as an ear integrates it, and not made deafening because it is short.

The true peak is the greatest sample at four times the rate (ITU-R BS.1770-4 annex 2). soxr resamples for it: it
takes a third of the time of libebur128's own filter, which reads 0.4 dB low on white noise.
"""

import ctypes
import math
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

from daemons.audio.worker.protocol import PCM_RATE_HZ, SHORT_FRAMES

Samples = npt.NDArray[np.float32]
Threads = tuple[ThreadPoolExecutor, ThreadPoolExecutor]
"""One thread for the loudness and one for the true peak: libebur128 and soxr let others run meanwhile."""

MODE_MOMENTARY = 1 << 0
_MODE_INTEGRATED = 1 << 2 | MODE_MOMENTARY
_OVERSAMPLING = 4
_HOP_FRAMES = PCM_RATE_HZ // 100
_WINDOW_FRAMES = 4 * PCM_RATE_HZ // 10
_BLOCKS_AHEAD = 4


def load_library() -> ctypes.CDLL:
    """Load libebur128; raises OSError where it is not installed."""
    lib = ctypes.CDLL("libebur128.so.1")
    state, value = ctypes.c_void_p, ctypes.POINTER(ctypes.c_double)
    lib.ebur128_init.restype = state
    lib.ebur128_init.argtypes = [ctypes.c_uint, ctypes.c_ulong, ctypes.c_int]
    lib.ebur128_destroy.restype = None
    lib.ebur128_destroy.argtypes = [ctypes.POINTER(state)]
    lib.ebur128_add_frames_float.argtypes = [state, ctypes.c_void_p, ctypes.c_size_t]
    lib.ebur128_loudness_global.argtypes = [state, value]
    lib.ebur128_loudness_momentary.argtypes = [state, value]
    return lib


@dataclass(frozen=True, slots=True)
class Measurement:
    """Loudness in LUFS and true peak in dBTP; None for digital silence."""

    loudness_lufs: float | None
    true_peak_dbtp: float | None


class LoudnessMeter:
    """Measures one clip, block by block."""

    def __init__(self, lib: ctypes.CDLL, threads: Threads) -> None:
        self._lib = lib
        self._threads = threads
        self._integrated = Meter(lib, _MODE_INTEGRATED)
        self._peak = _TruePeak()
        self._beginning: list[Samples] = []
        self._frames = 0
        self._pending: deque[list[Future[None]]] = deque()

    def add(self, block: Samples) -> None:
        """Take the next samples; the array must not change afterwards."""
        if self._frames < SHORT_FRAMES:
            self._beginning.append(block)
        self._frames += len(block)
        if len(self._pending) >= _BLOCKS_AHEAD:
            self._wait()
        jobs = zip(self._threads, (self._integrated.add, self._peak.add), strict=True)
        self._pending.append([thread.submit(measure, block) for thread, measure in jobs])

    def result(self) -> Measurement:
        """Return the measurement of all that was added."""
        while self._pending:
            self._wait()
        short = self._frames < SHORT_FRAMES
        loudness = self._greatest_momentary() if short else self._integrated.global_loudness()
        peak = self._peak.result()
        return Measurement(
            loudness_lufs=loudness if math.isfinite(loudness) else None,
            true_peak_dbtp=20 * math.log10(peak) if peak > 0 else None,
        )

    def _wait(self) -> None:
        for measured in self._pending.popleft():
            measured.result()

    def _greatest_momentary(self) -> float:
        meter = Meter(self._lib, MODE_MOMENTARY)
        sound = np.concatenate([*self._beginning, np.zeros(_WINDOW_FRAMES, dtype=np.float32)])
        greatest = -math.inf
        for start in range(0, len(sound), _HOP_FRAMES):
            meter.add(sound[start : start + _HOP_FRAMES])
            greatest = max(greatest, meter.momentary_loudness())
        return greatest


class Meter:
    """One measurement by libebur128, of mono sound at the rate of decoded clips."""

    def __init__(self, lib: ctypes.CDLL, mode: int) -> None:
        self._lib = lib
        self._state = ctypes.c_void_p(lib.ebur128_init(1, PCM_RATE_HZ, mode))
        if not self._state:
            raise MemoryError("no memory for the loudness meter")

    def __del__(self) -> None:
        self._lib.ebur128_destroy(ctypes.byref(self._state))

    def add(self, block: Samples) -> None:
        """Take the next samples."""
        if self._lib.ebur128_add_frames_float(self._state, block.ctypes.data, len(block)):
            raise MemoryError("no memory for the loudness meter")

    def global_loudness(self) -> float:
        """Return the integrated loudness so far, in LUFS."""
        value = ctypes.c_double()
        self._lib.ebur128_loudness_global(self._state, ctypes.byref(value))
        return value.value

    def momentary_loudness(self) -> float:
        """Return the loudness of the last 400 ms, in LUFS."""
        value = ctypes.c_double()
        self._lib.ebur128_loudness_momentary(self._state, ctypes.byref(value))
        return value.value


class _TruePeak:
    def __init__(self) -> None:
        self._resampler = soxr.ResampleStream(
            PCM_RATE_HZ, PCM_RATE_HZ * _OVERSAMPLING, 1, dtype="float32", quality="HQ"
        )
        self._greatest = 0.0

    def add(self, block: Samples, last: bool = False) -> None:
        between = self._resampler.resample_chunk(block, last=last)
        for samples in (block, between):
            if len(samples):
                self._greatest = max(self._greatest, float(samples.max()), -float(samples.min()))

    def result(self) -> float:
        self.add(np.zeros(0, dtype=np.float32), last=True)
        return self._greatest
