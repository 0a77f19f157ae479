"""The way from the device: opened, cut into periods, opened again when it was lost. Time goes on meanwhile."""

import contextlib
import time
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from common.errors import HardwareFault
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

_NS: Final = 1_000_000_000
_FIRST_RETRY_S: Final = 0.1
_LAST_RETRY_S: Final = 5.0


class InputDevice(Protocol):
    """An open sound device. One thread uses it."""

    description: str
    overruns: int

    def read(self) -> Samples:
        """Return the next samples, waiting for them; raises `HardwareFault` when the device is gone."""
        ...

    def close(self) -> None:
        """Close."""
        ...


class InputLine:
    """Gives one period after the other; while there is no device it is silence at the monotonic clock's pace."""

    def __init__(
        self,
        factory: Callable[[], InputDevice],
        period_frames: int,
        report: Callable[[bool, str], None],
    ) -> None:
        """`report` is told when the device is there and when it is lost, with a word on it."""
        self._factory = factory
        self._frames = period_frames
        self._period_ns = period_frames * _NS // SAMPLE_RATE_HZ
        self._report = report
        self._device: InputDevice | None = None
        self._rest: Samples = np.zeros(0, dtype=np.float32)
        self._told_lost = False
        self._retry_at_ns = 0
        self._retry_s = _FIRST_RETRY_S
        self._due_ns = 0
        self._overruns_before = 0

    @property
    def overruns(self) -> int:
        """How often sound was lost since the start."""
        return self._overruns_before + (self._device.overruns if self._device else 0)

    def read(self) -> Samples:
        """Return the next period."""
        while len(self._rest) < self._frames:
            device = self._device or self._try_to_open()
            if device is None:
                return self._silence()
            try:
                arrived = device.read()
            except HardwareFault as error:
                self._lose(error.message)
                continue
            self._retry_s = _FIRST_RETRY_S
            self._rest = np.concatenate((self._rest, arrived)) if len(self._rest) else arrived
        period, self._rest = self._rest[: self._frames], self._rest[self._frames :]
        return period

    def close(self) -> None:
        """Let go of the device."""
        device, self._device = self._device, None
        if device is not None:
            self._overruns_before += device.overruns
            with contextlib.suppress(HardwareFault):
                device.close()

    def _try_to_open(self) -> InputDevice | None:
        if time.monotonic_ns() < self._retry_at_ns:
            return None
        try:
            self._device = self._factory()
        except HardwareFault as error:
            self._lose(error.message)
            return None
        self._told_lost = False
        self._report(True, self._device.description)
        return self._device

    def _lose(self, why: str) -> None:
        """Say it once, and try again later and later."""
        self.close()
        if not self._told_lost:
            self._told_lost = True
            self._report(False, why)
        now = time.monotonic_ns()
        self._due_ns = now
        self._retry_at_ns = now + int(self._retry_s * _NS)
        self._retry_s = min(self._retry_s * 2, _LAST_RETRY_S)

    def _silence(self) -> Samples:
        self._due_ns += self._period_ns
        early = self._due_ns - time.monotonic_ns()
        if early > 0:
            time.sleep(early / _NS)
        period = np.zeros(self._frames, dtype=np.float32)
        period[: len(self._rest)] = self._rest
        self._rest = self._rest[:0]
        return period
