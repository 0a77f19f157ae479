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


class Heard:
    """A ring with the moments of its frames."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring = Ring(frames_of(_BEYOND_S))
        self._timeline = Timeline()
        self._scaled = np.empty(PERIOD_FRAMES, dtype=np.float32)
        self._position: int | None = None
        """Where the next packet of the present capture must stand; None before the first."""

    def keep(self, pre_s: float) -> None:
        """Have that much ready from now on."""
        with self._lock:
            self._ring.resize(frames_of(pre_s + _BEYOND_S))

    def begin(self) -> None:
        """Another capture is heard from now on."""
        self._position = None

    def take(
        self, samples: npt.NDArray[np.float32], position: int, flags: Flag, now_s: float
    ) -> None:
        """Hear a packet (`common.pcm`) that has just arrived; what is missing before it becomes silence."""
        block = self._to_16_bits(samples)
        with self._lock:
            self._ring.append_silence(self._missing(len(block), position, flags, now_s))
            self._ring.append(block)
            self._timeline.arrived(len(block), self._ring.end, now_s)
        self._position = position + len(block)

    def forget(self) -> None:
        """Keep nothing of what was heard so far."""
        with self._lock:
            self._ring.clear()
            self._timeline = Timeline()
        self._position = None

    @property
    def anything(self) -> bool:
        """Whether there has been any sound."""
        return self._timeline.known

    @property
    def end(self) -> int:
        """The frame that comes next."""
        return self._ring.end

    def frame_at(self, moment_s: float) -> int:
        """Return the frame of a moment of the monotonic clock."""
        with self._lock:
            return self._timeline.frame_at(moment_s)

    def moment_of(self, frame: int) -> float:
        """Return the moment of a frame."""
        with self._lock:
            return self._timeline.moment_of(frame)

    def cut(self, at_s: float, pre_s: float, post_s: float | None) -> Cut | None:
        """Return what is recorded around a moment; None where there is nothing."""
        with self._lock:
            post = None if post_s is None else frames_of(post_s)
            return cut(self._timeline.frame_at(at_s), frames_of(pre_s), post, self._ring.start)

    def read(self, start: int, stop: int) -> tuple[Block, list[Span]]:
        """Return what was heard from a frame to before another; see `Ring.read`."""
        with self._lock:
            return self._ring.read(start, stop)

    def _missing(self, frames: int, position: int, flags: Flag, now_s: float) -> int:
        if not self._timeline.known:
            return 0
        by_time = self._timeline.frame_at(now_s) - frames - self._ring.end
        if self._position is None:
            return by_time
        if position == self._position:  # the sound card itself has lost some: nobody has counted
            return by_time if flags & Flag.GAP else 0
        return position - self._position

    def _to_16_bits(self, samples: npt.NDArray[np.float32]) -> Block:
        scaled = self._scaled[: len(samples)]
        np.multiply(samples, _FULL_SCALE, out=scaled)
        np.rint(scaled, out=scaled)
        np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1, out=scaled)
        return scaled.astype(np.int16)
