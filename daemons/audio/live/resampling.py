"""From one sample rate to another, with the same small delay at all times.

libsoxr's way for constant ratios works in large blocks: between 8 and 48 kHz it keeps sound back by 20 to 175 ms,
now more, now less. The way for variable ratios keeps 30 ms back (15 ms at 16 kHz), is flat to 0.85 of the lower rate's
band, and is used here with a ratio that never varies.
"""

import numpy as np
import numpy.typing as npt
import soxr

Samples = npt.NDArray[np.float32]

_NOTHING: Samples = np.zeros(0, dtype=np.float32)


class Resampler:
    """One stream of mono sound."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream: soxr.ResampleStream | None = None
        if from_hz != to_hz:
            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", vr=True)
            self._stream.set_io_ratio(from_hz, to_hz, 0)

    def feed(self, samples: Samples) -> Samples:
        """Take the next samples, and return those that can be had now."""
        if self._stream is None:
            return samples
        out: Samples = self._stream.resample_chunk(samples)
        return out

    def end(self) -> Samples:
        """Return the last samples."""
        if self._stream is None:
            return _NOTHING
        out: Samples = self._stream.resample_chunk(_NOTHING, last=True)
        return out
