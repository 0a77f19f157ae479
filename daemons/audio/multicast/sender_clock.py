"""When a sender's samples are due: its clock as it shows in the arrival of its packets.

A packet is never early, so the least delayed of the last seconds tell where the sender's clock stands; how that
moves tells how much faster or slower than ours it runs.
"""

from collections import deque
from typing import Final

_BUCKET_S: Final = 1.0
_BUCKETS: Final = 8
# Crystals differ by 200 ppm at the most; what moves faster is the network, which the engine's buffer can follow too.
_FASTEST: Final = 0.001


class SenderClock:
    """Our time of each moment of the sender's."""

    def __init__(self) -> None:
        self._offset: float | None = None
        self._least: deque[float] = deque(maxlen=_BUCKETS)
        self._bucket_end = 0.0
        self._moved = 0.0

    def reset(self) -> None:
        """Forget the sender."""
        self.__init__()  # type: ignore[misc]

    @property
    def known(self) -> bool:
        """Whether a packet has come since the last reset."""
        return self._offset is not None

    def heard(self, media_s: float, arrived_s: float, settled: bool) -> None:
        """Note that the packet of that moment has come. Until `settled` an earlier one counts at once."""
        delay = arrived_s - media_s
        if self._offset is None:
            self._offset = delay
            self._bucket_end = arrived_s + _BUCKET_S
            self._moved = arrived_s
            self._least.append(delay)
        elif arrived_s >= self._bucket_end:
            self._least.append(delay)
            self._bucket_end = arrived_s + _BUCKET_S
        else:
            self._least[-1] = min(self._least[-1], delay)
        if not settled:
            self._offset = min(self._offset, delay)

    def follow(self, now_s: float) -> None:
        """Move towards what was heard, no faster than a clock may drift."""
        if self._offset is None:
            return
        step = max(0.0, now_s - self._moved) * _FASTEST
        self._moved = now_s
        wanted = min(self._least) - self._offset
        self._offset += max(-step, min(step, wanted))

    def ours(self, media_s: float) -> float:
        """Return our time of a moment of the sender's."""
        return media_s + (self._offset or 0.0)
