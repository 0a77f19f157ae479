"""What the speaker plays, for others to have: every period after the limiter, over a socket of `common.pcm`.

While the device is closed nothing is sent. Time goes on nevertheless: the first packet afterwards stands where the
clock says, and is marked as coming after a gap.
"""

import time
from collections.abc import Callable
from typing import Final

from common.pcm import CaptureSender
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

_NS: Final = 1_000_000_000


class OutputTaps:
    """The senders, in the hands of the engine's thread; none of them can keep it waiting."""

    def __init__(self, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now_ns = now_ns
        self._senders: list[CaptureSender] = []
        self._resting_since_ns = 0

    def add(self, sender: CaptureSender) -> list[CaptureSender]:
        """Send to one more from the next period on; returns the senders whose readers went while nothing played."""
        gone = [known for known in self._senders if known.deserted]
        self._forget(gone)
        self._senders.append(sender)
        return gone

    def push(self, block: Samples) -> list[CaptureSender]:
        """Send a period; returns the senders whose readers have gone, for others to close."""
        gone = [sender for sender in self._senders if not sender.push(block.data)]
        self._forget(gone)
        return gone

    def rest(self) -> None:
        """Note that from now on nothing is played."""
        self._resting_since_ns = self._now_ns()

    def resume(self) -> None:
        """Let the time since `rest` pass for every reader."""
        frames = (self._now_ns() - self._resting_since_ns) * SAMPLE_RATE_HZ // _NS
        for sender in self._senders:
            sender.skip(frames)

    def _forget(self, gone: list[CaptureSender]) -> None:
        for sender in gone:
            self._senders.remove(sender)
