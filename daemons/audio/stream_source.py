"""Live PCM from another process of the suite, at our own pace: nothing is dropped, the sender waits for us."""

import socket
from typing import Final

import numpy as np

from common.pcm import PERIOD_FRAMES, PcmReceiver
from daemons.audio.sources import Samples


class StreamSource:
    """Plays what arrives on the receiving end of a PCM connection.

    At least one period is taken ahead of need: the kernel wakes a waiting sender only when its queue is empty, and
    this is what plays until it has answered.
    """

    duration_frames: Final = None

    def __init__(self, end: socket.socket, live: bool = True, buffer_frames: int = 0) -> None:
        """Own the socket; `live` is False for a sender that can wait while higher classes play.

        With `buffer_frames` it plays once so much has come, and again so after running dry: a jitter buffer for
        somebody who may pace in real time or send everything at once.
        """
        self.live: Final = live
        self._receiver = PcmReceiver(end)
        self._arrived: Samples = np.frombuffer(self._receiver.payload, dtype=np.float32)
        self._buffer = buffer_frames
        self._ahead = max(buffer_frames, PERIOD_FRAMES)
        self._store: Samples = np.zeros(self._ahead + 3 * PERIOD_FRAMES, dtype=np.float32)
        self._fill = 0
        self._flowing = False
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
        """Give what is there; nothing while the jitter buffer fills."""
        self._fetch(len(buffer))
        if self._fill >= self._buffer or self._ended:
            self._flowing = True
        if not self._flowing:
            return 0
        frames = min(self._fill, len(buffer))
        buffer[:frames] = self._store[:frames]
        self._fill -= frames
        self._store[: self._fill] = self._store[frames : frames + self._fill]
        self._flowing = frames == len(buffer)
        return frames

    def close(self) -> None:
        """Close; the sender finds out with its next packet."""
        self._receiver.close()

    def _fetch(self, wanted: int) -> None:
        while not self._ended and self._fill < wanted + self._ahead:
            frames = self._receiver.receive()
            if frames is None:
                self._ended = True
            elif frames == 0:
                return
            else:
                self._store[self._fill : self._fill + frames] = self._arrived[:frames]
                self._fill += frames
