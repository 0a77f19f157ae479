"""What the speaker played: the last two minutes on disk, every sample at its place in time."""

import mmap
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ: Final = 48_000

Played = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Recording:
    """A stretch of what was played; `first_sample` counts from the switching on of the card."""

    samples: Played
    first_sample: int
    first_sample_monotonic_ns: int


class SpeakerRing:
    """A ring of mono samples in a file; it only ever grows at its end, silence included.

    Sample n was heard n / 48000 s after `epoch_ns` of the monotonic clock. One thread appends and others read,
    without a lock: the ring is longer than what may be read, so that a reader has time to copy.
    """

    _SPARE_S = 5.0

    def __init__(self, file: Path, epoch_ns: int, seconds: float = 120.0) -> None:
        self.seconds: Final = seconds
        self._epoch_ns = epoch_ns
        self._capacity = round((seconds + self._SPARE_S) * SAMPLE_RATE_HZ)
        self._end = 0
        size = self._capacity * 4
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.truncate(descriptor, size)
            self._map = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        self._samples: Played = np.frombuffer(self._map, dtype=np.int32)

    @property
    def position(self) -> int:
        """The number of the sample that comes next."""
        return self._end

    def append(self, block: Played) -> None:
        """Add what was just heard; only the card's own thread does."""
        frames = len(block)
        offset = self._end % self._capacity
        fits = min(frames, self._capacity - offset)
        self._samples[offset : offset + fits] = block[:fits]
        if fits < frames:
            self._samples[: frames - fits] = block[fits:]
        self._end += frames

    def read(self, last_seconds: float) -> Recording:
        """Return the newest `last_seconds` (or all there is), copied."""
        end = self._end
        wanted = min(round(last_seconds * SAMPLE_RATE_HZ), round(self.seconds * SAMPLE_RATE_HZ))
        first = max(end - wanted, 0)
        samples = self._copy(first, end - first)
        return Recording(samples, first, self.monotonic_ns(first))

    def monotonic_ns(self, sample: int) -> int:
        """Return when a sample was heard."""
        return self._epoch_ns + sample * 1_000_000_000 // SAMPLE_RATE_HZ

    def _copy(self, first: int, frames: int) -> Played:
        offset = first % self._capacity
        fits = min(frames, self._capacity - offset)
        return np.concatenate(
            (self._samples[offset : offset + fits], self._samples[: frames - fits])
        )
