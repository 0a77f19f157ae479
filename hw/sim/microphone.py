"""The recording side of the simulated card: what the microphone hears, one period per tick.

That is what is in the room, and on top what it is given by hand.
"""

import contextlib
import os
from collections import deque
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from hw.sim.fifo import FRAME_BYTES, make_fifo, set_capacity
from hw.sim.room import Room

Sound = npt.NDArray[np.float32]

_FULL_SCALE: Final = 2_147_483_648.0
_LARGEST: Final = 2_147_483_520.0  # the float32 below it


class Microphone:
    """Hears the room, and once what it is given. The card's thread calls `tick`; `set` may come from any."""

    def __init__(self, fifo: Path, room: Room, period_frames: int, buffer_periods: int) -> None:
        make_fifo(fifo)
        self._room = room
        self._descriptor = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        set_capacity(self._descriptor)
        self._period_frames: Final = period_frames
        self._buffer_periods: Final = buffer_periods
        self._waiting: deque[bytes] = deque()
        self._listened_to = False
        self._next: Sound | None = None
        self._sound: Sound = np.zeros(0, dtype=np.float32)
        self._position = 0
        self._primed = False

    @property
    def listened_to(self) -> bool:
        """Whether somebody reads."""
        return self._listened_to

    def set(self, samples: Sound) -> None:
        """Let the room be filled with this sound (mono, 48 kHz, full scale 1.0) from the next period on."""
        self._next = np.array(samples, dtype=np.float32).ravel()

    def tick(self) -> None:
        """Hear one period. A reader may be late by the card's buffer, then it loses what it did not fetch."""
        if self._next is not None:
            self._sound, self._next = self._next, None
            self._position = 0
        self._waiting.append(self._period())
        if not self._listened_to:
            self._look_for_reader()
            return
        while self._waiting and self._hand_over(self._waiting[0]):
            self._waiting.popleft()
        if len(self._waiting) > self._buffer_periods:
            self._waiting.clear()
            self._listened_to = False

    def close(self) -> None:
        """Take the microphone out."""
        os.close(self._descriptor)

    def _look_for_reader(self) -> None:
        """Keep the newest period ready in the FIFO; whoever takes one out is a reader."""
        newest = self._waiting.pop()
        self._waiting.clear()
        if self._hand_over(newest):
            self._listened_to = self._primed
            self._primed = True
            return
        with contextlib.suppress(BlockingIOError):
            os.read(self._descriptor, self._period_frames * FRAME_BYTES)
        self._hand_over(newest)

    def _hand_over(self, period: bytes) -> bool:
        try:
            os.write(self._descriptor, period)  # a period is below PIPE_BUF: all of it or nothing
        except BlockingIOError:
            return False
        return True

    def _period(self) -> bytes:
        part = self._sound[self._position : self._position + self._period_frames]
        self._position += len(part)
        room = self._room.hear()
        heard = np.zeros(self._period_frames, dtype=np.float32) if room is None else room
        heard[: len(part)] += part
        stereo = np.empty((self._period_frames, 2), dtype="<i4")
        stereo[:] = np.clip(heard * _FULL_SCALE, -_FULL_SCALE, _LARGEST).astype("<i4")[:, None]
        return stereo.tobytes()
