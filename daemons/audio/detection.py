"""Audio detection: whether the input is above its alarm level.

Levels are in percent, as the alarm level is: 0 % is -90 dBFS, 100 % is full scale (VAPIX page 3.3), a straight line
in dB between. The peak of 50 ms counts, so that a short sound counts as much as a long one.

Only what is *above* the alarm level counts: at 0 any sound that is there at all, at 100 none. How far a level must
fall before it counts as below, and for how long, is ours: a voice shall not make an event of every syllable.
"""

from typing import Final

QUIETEST_DBFS: Final = -90.0
HYSTERESIS_PERCENT: Final = 3.0
"""2.7 dB."""
WINDOWS_BELOW: Final = 10
"""Half a second of windows of 50 ms."""


def percent(dbfs: float) -> float:
    """Return a level in dB of full scale as the alarm level counts: 0 to 100."""
    return min(100.0, max(0.0, 100.0 * (1.0 - dbfs / QUIETEST_DBFS)))


class Detector:
    """Hears one level per window and knows whether the sound is above the alarm level."""

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold
        self.above = False
        self._windows_below = 0

    def hear(self, level: float) -> bool:
        """Take the level of a window; returns whether `above` has changed."""
        before = self.above
        if level > self.threshold:
            self.above = True
            self._windows_below = 0
        elif self.above:
            self._fall(level)
        return self.above != before

    def _fall(self, level: float) -> None:
        self._windows_below = self._windows_below + 1 if level <= self._low else 0
        self.above = self._windows_below < WINDOWS_BELOW

    @property
    def _low(self) -> float:
        return max(0.0, self.threshold - HYSTERESIS_PERCENT)
