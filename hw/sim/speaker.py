"""The playing side of the simulated card: takes one period per tick from the FIFO, as a card's clock would.

ALSA's `file` plug-in keeps one device buffer back, so a period comes into the FIFO only when the period a whole
buffer later has been written. A real card would still be playing from that buffer: so a period that is not there
at its tick is not lost. It has the length of the buffer to come, and is then put at the place in time where it
would have been heard. Only what comes later than that has been missed.
"""

import os
import select
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from hw.sim.fifo import FRAME_BYTES, make_fifo, set_capacity
from hw.sim.speaker_ring import Played


@dataclass(slots=True)
class SpeakerCounters:
    """What the card noticed by its own clock, in periods."""

    taken: int = 0
    silent: int = 0
    late: int = 0
    missed: int = 0
    underruns: int = 0
    streams: int = 0


class Speaker:
    """Turns what arrives in the FIFO into an unbroken timeline of periods. Used by one thread."""

    def __init__(
        self,
        fifo: Path,
        heard: Callable[[Played], None],
        period_frames: int,
        buffer_periods: int,
    ) -> None:
        make_fifo(fifo)
        self._descriptor = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        set_capacity(self._descriptor)
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)
        self._heard = heard
        self._period_bytes: Final = period_frames * FRAME_BYTES
        self._buffer_periods: Final = buffer_periods
        self._silence: Final = np.zeros(period_frames, dtype=np.int32)
        self._part = bytearray()
        self._connected = False
        self._running = False
        self._starved = False
        self._waited = False
        self._settled = 0
        self.counters = SpeakerCounters()

    @property
    def running(self) -> bool:
        """Whether somebody plays."""
        return self._running

    def settle(self, ticks: int) -> bool:
        """Decide on the periods up to tick number `ticks`; returns whether some are still waited for."""
        while self._settled < ticks:
            period = self._take()
            if period is not None:
                self._play(period, late=self._waited or self._settled + 1 < ticks)
            elif not self._connected:
                self._end_stream()
            elif not self._running:
                self._rest()
            elif ticks - self._settled > self._buffer_periods:
                self._running = False
                self._starved = True
                self.counters.underruns += 1
                self._rest()
            else:
                self._waited = True
                return True
        self._waited = False
        return False

    def wait(self, timeout_s: float) -> None:
        """Wait until something arrives, at most for that long."""
        self._poll.poll(max(timeout_s, 0.0) * 1000)

    def close(self) -> None:
        """Take the card out."""
        os.close(self._descriptor)

    def _take(self) -> Played | None:
        """Return the next whole period, if it is there; notice whether a writer has the FIFO open."""
        try:
            arrived = os.read(self._descriptor, self._period_bytes - len(self._part))
        except BlockingIOError:
            self._connected = True
            return None
        self._connected = bool(arrived)
        self._part += arrived
        if len(self._part) < self._period_bytes:
            return None
        stereo = np.frombuffer(bytes(self._part), dtype="<i4").reshape(-1, 2)
        self._part.clear()
        return stereo[:, 0]

    def _play(self, period: Played, late: bool) -> None:
        if not self._running:
            self._running = True
            self._starved = False
            self.counters.streams += 1
            late = False
        self.counters.taken += 1
        self.counters.late += late
        self._append(period)

    def _end_stream(self) -> None:
        """The writer has closed: what is left of a period is heard, the rest of it is silence."""
        self._running = False
        self._starved = False
        frames = len(self._part) // FRAME_BYTES
        if not frames:
            self._part.clear()
            self._rest()
            return
        tail = self._silence.copy()
        part = np.frombuffer(bytes(self._part[: frames * FRAME_BYTES]), dtype="<i4")
        tail[:frames] = part.reshape(-1, 2)[:, 0]
        self._part.clear()
        self.counters.taken += 1
        self._append(tail)

    def _rest(self) -> None:
        if self._starved:
            self.counters.missed += 1
        else:
            self.counters.silent += 1
        self._append(self._silence)

    def _append(self, period: Played) -> None:
        self._settled += 1
        self._heard(period)
