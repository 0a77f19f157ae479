"""The tones of the test: a source that sounds what it is told until it is told something else."""

from typing import Final

import numpy as np

from daemons.audio.sources import SAMPLE_RATE_HZ, Samples


class ToneSource:
    """A sine at a time, with soft ends. The engine's thread reads, another says what to sound."""

    live: Final = True
    duration_frames: Final = None
    failure: Final = None

    def __init__(self) -> None:
        self._wanted: tuple[float, float] | None = None
        self._sounding: tuple[float, float] | None = None
        self._frames = 0
        self._ending = False
        self.finished = False

    def sound(self, hz: float, peak: float) -> None:
        """Sound this tone from the next period on; the one before fades out first."""
        self._wanted = (hz, peak)  # one assignment, which the engine's thread sees whole

    def end(self) -> None:
        """Fade out and be over."""
        self._ending = True

    def read_into(self, buffer: Samples) -> int:
        """Give the next samples."""
        wanted = None if self._ending else self._wanted
        if self._sounding is not None and self._sounding != wanted:
            self._fill(buffer, self._sounding)
            buffer *= np.linspace(1, 0, len(buffer), dtype=np.float32)
            self._sounding = None
        elif wanted is None:
            buffer.fill(0.0)
            self.finished = self._ending
        else:
            begins = self._sounding is None
            if begins:
                self._sounding, self._frames = wanted, 0
            self._fill(buffer, wanted)
            if begins:
                buffer *= np.linspace(0, 1, len(buffer), dtype=np.float32)
        return len(buffer)

    def close(self) -> None:
        """Nothing to let go of."""

    def _fill(self, buffer: Samples, tone: tuple[float, float]) -> None:
        hz, peak = tone
        frames = np.arange(self._frames, self._frames + len(buffer))
        buffer[:] = peak * np.sin(2 * np.pi * hz / SAMPLE_RATE_HZ * frames)
        self._frames += len(buffer)
