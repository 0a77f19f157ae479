"""The way to the device: opened on demand, paced, reopened when it was lost."""

import contextlib
import time
from collections.abc import Callable
from typing import Final

from common.errors import HardwareFault
from daemons.audio.playback import EventKind
from daemons.audio.ports import DeviceFactory, OutputDevice
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

_NS: Final = 1_000_000_000

# A device that swallows more periods than this without taking its time has no clock of its own.
_DEEPEST_BUFFER: Final = 16
_WINDOW_PERIODS: Final = 100

_FIRST_RETRY_S: Final = 0.1
_LAST_RETRY_S: Final = 5.0

Report = Callable[[EventKind, str], None]


class Output:
    """Takes one period after the other and always takes as long as the period lasts.

    A device that paces itself sets the pace. Without one, or with one that swallows everything at once, the
    monotonic clock does, so that what plays goes on and a real-time thread never spins.
    """

    def __init__(self, factory: DeviceFactory, period_frames: int, report: Report) -> None:
        self._factory = factory
        self._period_ns = period_frames * _NS // SAMPLE_RATE_HZ
        self._report = report
        self._device: OutputDevice | None = None
        self._lost = False
        self._retry_at_ns = 0
        self._retry_s = _FIRST_RETRY_S
        self._window_start_ns = 0
        self._window_periods = 0
        self._unpaced = False
        self._next_xrun_report_ns = 0
        self.description = ""
        self.xruns = 0

    @property
    def open(self) -> bool:
        """Whether a device is open."""
        return self._device is not None

    @property
    def lost(self) -> bool:
        """Whether the device failed and has not come back."""
        return self._lost

    def write(self, block: Samples) -> None:
        """Play one period."""
        device = self._device or self._try_to_open()
        if device is not None:
            try:
                if device.write(block):
                    self._ran_dry()
            except HardwareFault as error:
                self._lose(error.message)
        self._pace()

    def close(self) -> None:
        """Let the device play out and go."""
        if self._device is not None:
            device, self._device = self._device, None
            try:
                device.close()
            except HardwareFault as error:
                self._lose(error.message)
        self._window_periods = 0

    def _ran_dry(self) -> None:
        """Count it, and say so at most once a second."""
        self.xruns += 1
        now = time.monotonic_ns()
        if now >= self._next_xrun_report_ns:
            self._next_xrun_report_ns = now + _NS
            self._report(EventKind.XRUN, self.description)

    def _try_to_open(self) -> OutputDevice | None:
        now = time.monotonic_ns()
        if self._lost and now < self._retry_at_ns:
            return None
        try:
            self._device = self._factory()
        except HardwareFault as error:
            self._lose(error.message)
            return None
        self.description = self._device.description
        if self._lost:
            self._lost = False
            self._report(EventKind.DEVICE_BACK, self.description)
        self._retry_s = _FIRST_RETRY_S
        self._window_periods = 0
        self._unpaced = False
        return self._device

    def _lose(self, why: str) -> None:
        """Remember the loss, say it once, and try again later and later."""
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(HardwareFault):
                device.close()
        if not self._lost:
            self._lost = True
            self._report(EventKind.DEVICE_LOST, why)
        self._retry_at_ns = time.monotonic_ns() + int(self._retry_s * _NS)
        self._retry_s = min(self._retry_s * 2, _LAST_RETRY_S)
        self._window_periods = 0

    def _pace(self) -> None:
        """Take the time of a period where the device does not; judged over windows, so that no clock drifts."""
        now = time.monotonic_ns()
        if self._window_periods == 0:
            self._window_start_ns = now
        self._window_periods += 1
        ahead = self._window_start_ns + self._window_periods * self._period_ns - now
        if self._device is not None and not self._unpaced:
            self._unpaced = ahead > _DEEPEST_BUFFER * self._period_ns
            if self._window_periods >= _WINDOW_PERIODS:
                self._window_periods = 0
        elif ahead > 0:
            time.sleep(ahead / _NS)
        else:
            self._window_periods = 0
