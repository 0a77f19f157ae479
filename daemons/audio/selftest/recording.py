"""What was played and what was heard, side by side: two taps, recorded with the time at which each period was sent.

Both taps belong to one unit but count their samples for themselves. The kernel notes when each packet was sent; the
packets that were sent with the least ado tell, second by second, which samples belong together.
"""

import select
import socket
import statistics
import threading
import time
from typing import Final

import numpy as np
import numpy.typing as npt

from common.pcm import PcmReceiver
from common.realtime import become_realtime
from daemons.audio.selftest.signals import RATE_HZ

_NS: Final = 1_000_000_000
_PRIORITY: Final = 40  # below engine and input: they must not wait for us
_POLL_MS: Final = 200
_FEWEST_STAMPS: Final = 20


class Track:
    """What came from one tap: samples by their position, zeros where some were lost."""

    def __init__(self, seconds: float) -> None:
        self._samples = np.zeros(round(seconds * RATE_HZ), dtype=np.float32)
        self._base: int | None = None
        self._gaps: list[tuple[int, int]] = []
        self._stamps: list[tuple[int, int]] = []
        self.end = 0
        """The position after the newest sample; the first sample has position 0."""

    def add(self, position: int, samples: npt.NDArray[np.float32], sent_ns: int) -> None:
        """Take a packet, which bears the sender's count of samples; beyond the length of the track it is dropped."""
        if self._base is None:
            self._base = position
        begin = position - self._base
        end = begin + len(samples)
        if begin < self.end or end > len(self._samples):
            return
        if begin > self.end:
            self._gaps.append((self.end, begin))
        self._samples[begin:end] = samples
        self._stamps.append((begin, sent_ns))
        self.end = end

    def cut(self, begin: int, frames: int) -> npt.NDArray[np.float64]:
        """Return a copy of a stretch, with silence for what is before or after the track."""
        stretch = np.zeros(frames)
        first, last = max(begin, 0), min(begin + frames, self.end)
        if first < last:
            stretch[first - begin : last - begin] = self._samples[first:last]
        return stretch

    def gaps(self, begin: int, frames: int) -> list[tuple[int, int]]:
        """Return what was lost in a stretch, as (first, last + 1) counted from its beginning."""
        return [
            (max(first - begin, 0), min(last - begin, frames))
            for first, last in self._gaps
            if first < begin + frames and last > begin
        ]

    def phases_ns(self, begin_ns: int, end_ns: int) -> list[int]:
        """Return for each packet sent in a time when the track's first sample would have been sent."""
        return [
            sent - position * _NS // RATE_HZ
            for position, sent in self._stamps
            if begin_ns <= sent < end_ns
        ]

    def sent_between(self) -> tuple[int, int]:
        """Return when the first and the last packet were sent."""
        return (self._stamps[0][1], self._stamps[-1][1]) if self._stamps else (0, 0)


def frames_between(played: Track, heard: Track) -> float | None:
    """Return by how many frames a position in `played` has to be raised to be one in `heard` of the same time.

    None when there is too little to go by.
    """
    first = max(played.sent_between()[0], heard.sent_between()[0])
    last = min(played.sent_between()[1], heard.sent_between()[1])
    shifts = []
    for begin in range(first, last, _NS):
        ours = played.phases_ns(begin, begin + _NS)
        theirs = heard.phases_ns(begin, begin + _NS)
        if min(len(ours), len(theirs)) >= _FEWEST_STAMPS:
            shifts.append((min(ours) - min(theirs)) * RATE_HZ / _NS)
    return statistics.median(shifts) if shifts else None


class Recorder:
    """A thread that fetches both taps, from `start` to `stop`."""

    def __init__(self, played: socket.socket, heard: socket.socket, seconds: float) -> None:
        self.played = Track(seconds)
        self.heard = Track(seconds)
        self.broken = threading.Event()
        """Set when one of the taps has ended."""
        self._taps = {
            end.fileno(): (track, PcmReceiver(end, stamped=True))
            for track, end in ((self.played, played), (self.heard, heard))
        }
        self._begun = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._record, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin; when this returns, the thread has the priority that it asks for."""
        self._thread.start()
        self._begun.wait()

    def wait_until_heard(self, position: int, within_s: float) -> bool:
        """Wait until the microphone's track is that long; returns whether it is."""
        end = time.monotonic() + within_s
        while self.heard.end < position and not self.broken.is_set() and time.monotonic() < end:
            time.sleep(_POLL_MS / 10_000)
        return self.heard.end >= position

    def stop(self) -> None:
        """End, and close the taps."""
        self._stopping.set()
        self._thread.join()
        for _track, receiver in self._taps.values():
            receiver.close()

    def _record(self) -> None:
        become_realtime(_PRIORITY)
        self._begun.set()
        waiting = select.poll()
        for descriptor in self._taps:
            waiting.register(descriptor, select.POLLIN)
        while not self._stopping.is_set():
            for descriptor, _event in waiting.poll(_POLL_MS):
                if not self._fetch(*self._taps[descriptor]):
                    self.broken.set()
                    return

    @staticmethod
    def _fetch(track: Track, receiver: PcmReceiver) -> bool:
        """Take what there is; returns False when there will be no more."""
        samples = np.frombuffer(receiver.payload, dtype=np.float32)
        while frames := receiver.receive():
            track.add(receiver.position, samples[:frames], receiver.sent_ns)
        return frames is not None
