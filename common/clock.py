"""Time as the daemons see it, so that a test of ten seconds takes none."""

import time
from typing import Protocol


class Clock(Protocol):
    """Wall-clock and monotonic time, both in seconds."""

    def time(self) -> float:
        """Return seconds since 1970 (UTC)."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...


class SystemClock:
    """The machine's own clock."""

    def time(self) -> float:
        """Return seconds since 1970 (UTC)."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def time(self) -> float:
        """Return the time it was set to."""
        return self._now

    def monotonic(self) -> float:
        """Return the time it was set to."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds`."""
        self._now += seconds


HALTED_S = 100e-6


def wall_time(clock: Clock, monotonic_s: float) -> float:
    """Return the wall-clock time (seconds since 1970) of a moment that is known by the monotonic clock.

    Two clocks cannot be read at once: a reading in whose middle this process was halted is taken again.
    """
    before, now, after = clock.monotonic(), clock.time(), clock.monotonic()
    for _ in range(4):
        if after - before < HALTED_S:
            break
        before, now, after = clock.monotonic(), clock.time(), clock.monotonic()
    return now - (before + after) / 2 + monotonic_s
