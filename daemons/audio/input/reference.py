"""What the speaker plays, in step with what the input captures: one period of it for each period captured."""

from collections import deque
from typing import Final

import numpy as np

from common.pcm import PERIOD_FRAMES, PcmReceiver
from daemons.audio.sources import Samples

LONGEST_QUEUE: Final = 12
"""120 ms; what waits longer is dropped, oldest first."""
IDLE_PERIODS: Final = 10
"""When nothing has come for so long, the speaker rests: what comes next begins anew."""
QUIET_PERIODS: Final = 80
"""After the last sound this long nothing of it is heard any more: the device's buffer, and a room's reverberation."""
_QUIET: Final = np.float32(1e-4)

_SILENCE: Final = np.zeros(PERIOD_FRAMES, dtype=np.float32)


class Reference:
    """Belongs to the capture thread.

    The engine sends a period when it renders it, in bursts and sometimes late. In step means by position: a period
    that comes too late for its turn is dropped, since silence has taken its place; so the distance to the echo of it,
    which the canceller has to learn, stays the same.
    """

    def __init__(self) -> None:
        self._receiver: PcmReceiver | None = None
        self._arrived: Samples = _SILENCE
        self._waiting: deque[tuple[int, Samples]] = deque()
        self._due: int | None = None
        self._missing = 0
        self._quiet = QUIET_PERIODS

    @property
    def quiet(self) -> bool:
        """Whether nothing that the speaker plays can be heard."""
        return self._quiet >= QUIET_PERIODS

    def connect(self, receiver: PcmReceiver) -> None:
        """Take what comes from here."""
        if self._receiver is not None:
            self._receiver.close()
        self._receiver = receiver
        self._arrived = np.frombuffer(receiver.payload, dtype=np.float32)
        self._waiting.clear()
        self._due = None

    def next(self) -> Samples:
        """Return the period whose turn it is; silence when there is none."""
        self._fetch()
        period = self._take()
        if float(np.abs(period).max()) > _QUIET:
            self._quiet = 0
        else:
            self._quiet = min(self._quiet + 1, QUIET_PERIODS)
        return period

    def _take(self) -> Samples:
        if self._due is None:
            if not self._waiting:
                return _SILENCE
            self._due = self._waiting[0][0]
        while self._waiting and self._waiting[0][0] < self._due:
            self._waiting.popleft()
        self._due += PERIOD_FRAMES
        if self._waiting and self._waiting[0][0] < self._due:
            self._missing = 0
            return self._waiting.popleft()[1]
        self._missing += 1
        if self._missing >= IDLE_PERIODS:
            self._missing = 0
            self._due = None
        return _SILENCE

    def _fetch(self) -> None:
        while self._receiver is not None:
            frames = self._receiver.receive()
            if frames is None:
                self._receiver.close()
                self._receiver = None
            elif frames == PERIOD_FRAMES:
                self._waiting.append((self._receiver.position, self._arrived.copy()))
            else:
                break
        if len(self._waiting) > LONGEST_QUEUE:
            while len(self._waiting) > LONGEST_QUEUE:
                self._waiting.popleft()
            self._due = None
