"""Where samples come from: what the engine asks of a source, and the source that is all in memory."""

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ: Final = 48_000

Samples = npt.NDArray[np.float32]
"""Mono float32 at 48 kHz, full scale 1.0."""


class Source(Protocol):
    """A stream of samples that the engine pulls.

    `read_into` and `finished` are called by the engine thread: no file, no lock, no log, no wait.
    `close` is called once, elsewhere, after the engine has let go of the source.
    """

    @property
    def live(self) -> bool:
        """Whether time goes on while it is silenced; what is not live is paused and resumes where it was."""
        ...

    @property
    def duration_frames(self) -> int | None:
        """The frames from start to end, repeats included; None when there is no known end."""
        ...

    @property
    def finished(self) -> bool:
        """Whether nothing will come any more."""
        ...

    @property
    def failure(self) -> str | None:
        """Why it finished before its time, for a person to read; None when it did not."""
        ...

    def read_into(self, buffer: Samples) -> int:
        """Fill the buffer from its beginning; a short count means the end, or nothing there yet."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class MemorySource:
    """Samples in memory (a tone, a short clip), played 1 + `repeat` times without a gap; -1 is for ever."""

    live: Final = False
    failure: Final = None

    # A very short loop is laid end to end up to this length, so that a period takes few copies.
    _SHORTEST_LOOP = 4_800

    def __init__(self, samples: Samples, repeat: int = 0) -> None:
        """Take samples over; nobody may change them afterwards."""
        if repeat < -1:
            raise ValueError(f"{repeat} repeats: 0 plays once, -1 for ever")
        frames = len(samples)
        self.duration_frames: Final[int | None] = (
            None if repeat < 0 < frames else frames * (repeat + 1)
        )
        if repeat and 0 < frames < self._SHORTEST_LOOP:
            samples = np.tile(samples, -(-self._SHORTEST_LOOP // frames))
        self._loop = np.ascontiguousarray(samples, dtype=np.float32)
        self._position = 0

    @property
    def finished(self) -> bool:
        """Whether the last repeat is over."""
        return self.duration_frames is not None and self._position >= self.duration_frames

    def read_into(self, buffer: Samples) -> int:
        """Copy the next samples."""
        wanted = len(buffer)
        if self.duration_frames is not None:
            wanted = min(wanted, self.duration_frames - self._position)
        done = 0
        while done < wanted:
            offset = self._position % len(self._loop)
            count = min(wanted - done, len(self._loop) - offset)
            buffer[done : done + count] = self._loop[offset : offset + count]
            done += count
            self._position += count
        return done

    def close(self) -> None:
        """Nothing to let go of."""
