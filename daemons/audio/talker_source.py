"""A talker's PCM behind a jitter buffer: who sends too fast waits, who pauses is waited for."""

import socket
from typing import Final

import numpy as np

from common.pcm import PERIOD_FRAMES, PcmReceiver
from daemons.audio.sources import Samples


class TalkerSource:
    """Plays once `target_frames` have come, and again so after running dry.

    A client may pace itself in real time or send a whole file at once (VAPIX page 4.3): nothing is dropped, the
    sockets hold back whoever is faster than the loudspeaker.
    """

    live: Final = True
    duration_frames: Final = None

    def __init__(self, end: socket.socket, target_frames: int) -> None:
        """Own the socket; `target_frames` is `Audio.ReceiverBuffer`."""
        self._receiver = PcmReceiver(end)
        self._arrived: Samples = np.frombuffer(self._receiver.payload, dtype=np.float32)
        self._target = max(target_frames, PERIOD_FRAMES)
        self._store: Samples = np.zeros(self._target + 2 * PERIOD_FRAMES, dtype=np.float32)
        self._fill = 0
        self._flowing = False
        self._ended = False

    @property
    def finished(self) -> bool:
        """Whether the talker has ended and everything was played."""
        return self._ended and self._fill == 0

    @property
    def failure(self) -> str | None:
        """What was wrong with what arrived."""
        return self._receiver.fault

    def read_into(self, buffer: Samples) -> int:
        """Give what is due; nothing while the buffer fills."""
        self._fetch()
        if not self._flowing and (self._fill >= self._target or self._ended):
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
        """Close; the worker finds out with its next packet."""
        self._receiver.close()

    def _fetch(self) -> None:
        while not self._ended and self._fill + PERIOD_FRAMES <= len(self._store):
            frames = self._receiver.receive()
            if frames is None:
                self._ended = True
            elif frames == 0:
                return
            else:
                self._store[self._fill : self._fill + frames] = self._arrived[:frames]
                self._fill += frames
