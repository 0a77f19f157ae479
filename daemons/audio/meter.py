"""How loud the speaker is: measured period by period in the engine's thread, only while somebody looks."""

import contextlib
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from daemons.audio.sources import Samples

SILENT_DBFS: Final = -120.0

_KEPT_PERIODS: Final = 100


@dataclass(frozen=True, slots=True)
class Levels:
    """What was measured over some periods."""

    peak_dbfs: float = SILENT_DBFS
    rms_dbfs: float = SILENT_DBFS
    limiter_db: float = 0.0
    """The most that the limiter took away: 0 or less."""


class Meter:
    """The engine's thread measures, another one reads; the queue between them needs no lock."""

    def __init__(self) -> None:
        self._watchers = 0
        self._measured: deque[tuple[float, float, float]] = deque(maxlen=_KEPT_PERIODS)
        self.watched = False

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Have every period measured for as long as this lasts."""
        self._watchers += 1
        self.watched = True
        try:
            yield
        finally:
            self._watchers -= 1
            self.watched = self._watchers > 0
            if not self.watched:
                self._measured.clear()

    def measure(self, block: Samples, limiter_gain: float) -> None:
        """Take the level of one period: called by the engine's thread while `watched`."""
        peak = max(float(block.max()), -float(block.min()))
        power = float(np.dot(block, block)) / len(block)
        self._measured.append((peak, power, limiter_gain))

    def read(self) -> Levels:
        """Return the levels since the last time; silence where nothing was played."""
        measured = [self._measured.popleft() for _ in range(len(self._measured))]
        if not measured:
            return Levels()
        peaks, powers, gains = zip(*measured, strict=True)
        return Levels(
            peak_dbfs=dbfs(max(peaks)),
            rms_dbfs=dbfs(math.sqrt(sum(powers) / len(powers))),
            limiter_db=dbfs(min(gains)),
        )


def dbfs(factor: float) -> float:
    """Return a factor in dB, not below the floor."""
    return round(20 * math.log10(factor), 1) if factor > 1e-6 else SILENT_DBFS
