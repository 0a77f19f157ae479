"""Live PCM from another process of the suite, at our own pace: the sender waits for us."""

import socket
from typing import Final

import numpy as np

from common.pcm import PERIOD_FRAMES, PcmReceiver
from daemons.audio.sources import Samples


class StreamSource:
    """Plays what arrives on the receiving end of a PCM connection.

    One period is taken ahead of need: the kernel wakes a waiting sender only when its queue is empty, and this is
    what plays until it has answered.
    """

    duration_frames: Final = None

    def __init__(self, end: socket.socket, live: bool = True) -> None:
        """Own the socket; `live` is False for a sender that can wait while higher classes play."""
        self.live: Final = live
        self._receiver = PcmReceiver(end)
        self._arrived: Samples = np.frombuffer(self._receiver.payload, dtype=np.float32)
        self._store: Samples = np.zeros(4 * PERIOD_FRAMES, dtype=np.float32)
        self._fill = 0
        self._ended = False

    @property
    def finished(self) -> bool:
        """Whether the sender has closed and everything was played."""
        return self._ended and self._fill == 0

    @property
    def failure(self) -> str | None:
        """What was wrong with what arrived."""
        return self._receiver.fault

    def read_into(self, buffer: Samples) -> int:
        """Take what is there."""
        self._fetch(len(buffer))
        frames = min(self._fill, len(buffer))
        buffer[:frames] = self._store[:frames]
        self._fill -= frames
        self._store[: self._fill] = self._store[frames : frames + self._fill]
        return frames

    def close(self) -> None:
        """Close; the sender finds out with its next packet."""
        self._receiver.close()

    def _fetch(self, wanted: int) -> None:
        while not self._ended and self._fill < wanted + PERIOD_FRAMES:
            frames = self._receiver.receive()
            if frames is None:
                self._ended = True
            elif frames == 0:
                return
            else:
                self._store[self._fill : self._fill + frames] = self._arrived[:frames]
                self._fill += frames
