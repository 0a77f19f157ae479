"""How loud the input is, for people who look and for audio detection."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from common.pcm import PERIOD_FRAMES
from daemons.audio.detection import Detector, percent
from daemons.audio.input.ambient import AmbientNoise
from daemons.audio.input.protocol import Configure, Levels, Report, Triggered
from daemons.audio.sources import Samples

WINDOW_PERIODS: Final = 5
"""50 ms: the shortest time over which loudness is judged."""
WINDOWS_HZ: Final = 20
FLOOR_DBFS: Final = -120.0


class Listener:
    """Measures every period; belongs to the capture thread."""

    def __init__(self, tell: Callable[[Report], None]) -> None:
        self._tell = tell
        self._detector = Detector(100)
        self._ambient = AmbientNoise()
        self._raw_power = 0.0
        self._quiet = True
        self._windows_per_report = WINDOWS_HZ // 2
        self._windows = 0
        self._periods = 0
        self._window_peak = 0.0
        self._peak = 0.0
        self._power = 0.0
        self._frames = 0

    def configure(self, settings: Configure) -> None:
        """Live by other settings."""
        self._windows_per_report = max(1, WINDOWS_HZ // max(1, settings.reports_hz))
        self._detector.threshold = settings.alarm_level

    def hear(self, raw: Samples, processed: Samples, quiet: bool) -> None:
        """Take a period, as it came and as listeners hear it; `quiet` says that the unit itself makes no sound."""
        self._window_peak = max(self._window_peak, float(np.abs(processed).max()))
        self._power += float(np.dot(processed, processed))
        self._raw_power += float(np.dot(raw, raw))
        self._quiet = self._quiet and quiet
        self._frames += len(processed)
        self._periods += 1
        if self._periods == WINDOW_PERIODS:
            self._end_window()

    def _end_window(self) -> None:
        if self._detector.hear(percent(dbfs(self._window_peak))):
            self._tell(Triggered(self._detector.above))
        frames = self._periods * PERIOD_FRAMES
        self._ambient.hear(dbfs(math.sqrt(self._raw_power / frames)), self._quiet)
        self._raw_power = 0.0
        self._quiet = True
        self._peak = max(self._peak, self._window_peak)
        self._window_peak = 0.0
        self._periods = 0
        self._windows += 1
        if self._windows >= self._windows_per_report:
            self._report()

    def _report(self) -> None:
        peak_dbfs = dbfs(self._peak)
        self._tell(
            Levels(
                peak_dbfs=peak_dbfs,
                rms_dbfs=dbfs(math.sqrt(self._power / self._frames)),
                level=round(percent(peak_dbfs)),
                triggered=self._detector.above,
                ambient_dbfs=self._ambient.dbfs,
            )
        )
        self._windows = self._frames = 0
        self._peak = self._power = 0.0


def dbfs(factor: float) -> float:
    """Return a factor in dB of full scale, not below the floor."""
    return round(20 * math.log10(factor), 1) if factor > 1e-6 else FLOOR_DBFS
