"""What the recorder has heard lately. One thread hears, another reads."""

import threading
from typing import Final

import numpy as np
import numpy.typing as npt

from common.pcm import PERIOD_FRAMES, Flag
from daemons.events.recording.cut import Cut, cut, frames_of
from daemons.events.recording.ring import Block, Ring
from daemons.events.recording.spans import Span
from daemons.events.recording.timeline import Timeline

LOST_S: Final = 10.0
"""After so long without sound there is nothing to wait for."""
_BEYOND_S: Final = LOST_S + 5.0
"""Kept beyond what is needed before a trigger: a gap is filled at once, and a disk may be slow."""
_FULL_SCALE: Final = 32_768
_PERIODS_AT_ONCE: Final = 10
"""What has arrived is put into the ring in pieces of that length: most of its cost is per piece."""


class Heard:
    """A ring with the moments of its frames."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring = Ring(frames_of(_BEYOND_S))
        self._timeline = Timeline()
        self._arrived = np.zeros(_PERIODS_AT_ONCE * PERIOD_FRAMES, dtype=np.float32)
        self._waiting = 0
        """How many frames have arrived and are not in the ring yet."""
        self._position: int | None = None
        """Where the next packet of the present capture must stand; None before the first."""

    # --- for who hears ---------------------------------------------------------------------------

    def keep(self, pre_s: float) -> None:
        """Have that much ready from now on."""
        with self._lock:
            self._ring.resize(frames_of(pre_s + _BEYOND_S))

    def take(
        self, samples: npt.NDArray[np.float32], position: int, flags: Flag, now_s: float
    ) -> None:
        """Hear a packet (`common.pcm`) that has just arrived; what is missing before it becomes silence."""
        frames = len(samples)
        missing = self._missing(frames, position, flags, now_s)
        if missing > 0 or self._waiting + frames > len(self._arrived):
            self._store(missing)
        self._arrived[self._waiting : self._waiting + frames] = samples
        self._waiting += frames
        self._timeline.arrived(frames, self._ring.end + self._waiting, now_s)
        self._position = position + frames
        if self._waiting == len(self._arrived):
            self._store()

    def end_capture(self) -> None:
        """What comes after this is of another capture."""
        self._store()
        self._position = None

    def forget(self) -> None:
        """Keep nothing of what was heard so far."""
        with self._lock:
            self._ring.clear()
        self._timeline = Timeline()
        self._arrived.fill(0)
        self._waiting = 0
        self._position = None

    # --- for who reads ---------------------------------------------------------------------------

    @property
    def anything(self) -> bool:
        """Whether there has been any sound."""
        return self._timeline.known

    @property
    def end(self) -> int:
        """The frame after the last one that can be read."""
        return self._ring.end

    def frame_at(self, moment_s: float) -> int:
        """Return the frame of a moment of the monotonic clock."""
        return self._timeline.frame_at(moment_s)

    def moment_of(self, frame: int) -> float:
        """Return the moment of a frame."""
        return self._timeline.moment_of(frame)

    def cut(self, at_s: float, pre_s: float, post_s: float | None) -> Cut | None:
        """Return what is recorded around a moment; None where there is nothing."""
        post = None if post_s is None else frames_of(post_s)
        return cut(self.frame_at(at_s), frames_of(pre_s), post, self._ring.start)

    def read(self, start: int, stop: int) -> tuple[Block, list[Span]]:
        """Return what was heard from a frame to before another; see `Ring.read`."""
        with self._lock:
            return self._ring.read(start, stop)

    # --- inside ----------------------------------------------------------------------------------

    def _missing(self, frames: int, position: int, flags: Flag, now_s: float) -> int:
        if position == self._position and not flags & Flag.GAP:
            return 0
        if self._position is not None and position > self._position:
            return position - self._position
        # Another capture, or the sound card itself has lost some: nobody has counted, but time went on.
        if not self._timeline.known:
            return 0
        return self._timeline.frame_at(now_s) - frames - self._ring.end - self._waiting

    def _store(self, then_missing: int = 0) -> None:
        arrived = self._arrived[: self._waiting]
        np.multiply(arrived, _FULL_SCALE, out=arrived)
        np.rint(arrived, out=arrived)
        arrived.clip(-_FULL_SCALE, _FULL_SCALE - 1, out=arrived)
        with self._lock:
            self._ring.append(arrived.astype(np.int16))
            self._ring.append_silence(then_missing)
        self._waiting = 0
