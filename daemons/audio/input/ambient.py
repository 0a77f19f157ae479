"""The noise around the unit, as the input hears it while the unit itself is quiet."""

from collections import deque
from typing import Final

WINDOWS_KEPT: Final = 100
"""Five seconds of windows of 50 ms."""
WINDOWS_NEEDED: Final = 20
_SHARE: Final = 0.3
"""That share of the windows is quieter than the estimate: what somebody says now and then is no noise."""


class AmbientNoise:
    """Hears the level of each window, and keeps the estimate while the unit makes sound."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=WINDOWS_KEPT)
        self._estimate: float | None = None

    @property
    def dbfs(self) -> float | None:
        """The estimate; None as long as there is none."""
        return self._estimate

    def hear(self, level_dbfs: float, quiet: bool) -> None:
        """Take the level of a window before any gain; it counts only while the unit is `quiet`."""
        if not quiet:
            return
        self._levels.append(level_dbfs)
        if len(self._levels) >= WINDOWS_NEEDED:
            self._estimate = sorted(self._levels)[int(len(self._levels) * _SHARE)]
