"""Which packets belong to the stream that is heard: one sender at a time, in the order of its numbers."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from daemons.audio.multicast.figures import Figures
from daemons.audio.multicast.rtp import Packet, sequence_step, timestamp_step

SILENT_S: Final = 0.5
"""After so long without a packet another sender may take over."""
_MOST_MISSING: Final = 3_000
_MOST_REORDERED: Final = 200
_MOST_WAITING: Final = 512
_MOST_CANDIDATES: Final = 256
"""So many others may send between two packets of one; more than come in 20 ms while somebody floods the group."""
_FIRST: Final = 1 << 20
"""Numbers begin far from zero, so that what comes after the first packet but lies before it has one, too."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A packet in the order of its stream: number and time do not wrap."""

    number: int
    time: int
    packet: Packet


class Taken(Enum):
    """What became of a packet."""

    REFUSED = 0
    QUEUED = 1
    BEGAN = 2
    """It was queued, and a stream begins with it and the one before it."""


class Stream:
    """Chooses the sender, and sorts what it sends."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._ssrc: int | None = None
        self._candidates: dict[int, tuple[Packet, float]] = {}
        """The last packet of each sender who is not believed yet, and when it came; the oldest stands first."""
        self._newest = Queued(0, 0, Packet(0, 0, 0, 0, False, b""))
        self._waiting: dict[int, Queued] = {}
        self._seen: set[int] = set()
        self.heard_s = 0.0
        """When the sender was heard last."""
        self.began_s = 0.0
        """When the first packet of the stream came."""
        self.next_number = 0
        """What is due next; what lies before has had its time."""

    def forget(self) -> None:
        """Let any sender come."""
        self._ssrc = None
        self._candidates.clear()
        self._waiting.clear()

    def take(self, packet: Packet, now_s: float) -> tuple[Taken, Queued | None]:
        """Sort a packet in.

        A sender, and a jump of its numbers, is believed after two packets in a row, whoever else sends in between: a
        stray one makes no sound.
        """
        step = sequence_step(packet.sequence, self._newest.number & 0xFFFF)
        if packet.ssrc == self._ssrc:
            if -_MOST_REORDERED <= step <= _MOST_MISSING:
                return self._continue(packet, self._newest.number + step, now_s)
        elif self._ssrc is not None and now_s - self.heard_s < SILENT_S:
            self._figures.foreign += 1
            return Taken.REFUSED, None
        before, before_s = self._candidates.pop(packet.ssrc, (None, 0.0))
        if (
            before is not None
            and sequence_step(packet.sequence, before.sequence) == 1
            and now_s - before_s < SILENT_S
        ):
            self.began_s = before_s
            return Taken.BEGAN, self._begin(before, packet, now_s)
        if len(self._candidates) >= _MOST_CANDIDATES:
            del self._candidates[next(iter(self._candidates))]
        self._candidates[packet.ssrc] = packet, now_s
        return Taken.REFUSED, None

    def first(self) -> Queued | None:
        """Return the waiting packet with the lowest number."""
        return self._waiting[min(self._waiting)] if self._waiting else None

    def pop(self, queued: Queued) -> None:
        """Take a packet out: it has its time now, and what lies before has had it."""
        self.next_number = queued.number + 1
        for gone in [number for number in self._waiting if number <= queued.number]:
            del self._waiting[gone]

    def only(self, queued: Queued) -> None:
        """Go on from a packet, and forget what waits."""
        self._waiting = {queued.number: queued}
        self.next_number = queued.number

    def drop(self, queued: Queued) -> None:
        """Let a packet go that is not to be played."""
        self._waiting.pop(queued.number, None)

    def _begin(self, first: Packet, second: Packet, now_s: float) -> Queued:
        self._ssrc = first.ssrc
        self._candidates.clear()
        self.heard_s = now_s
        begin = Queued(_FIRST + first.sequence, first.timestamp, first)
        self.only(begin)
        self._newest = begin
        self._seen = {begin.number}
        self._queue(second, begin.number + 1)
        return begin

    def _continue(self, packet: Packet, number: int, now_s: float) -> tuple[Taken, Queued | None]:
        self._candidates.pop(packet.ssrc, None)
        if number in self._seen:
            self._figures.duplicate += 1
            return Taken.REFUSED, None
        self.heard_s = now_s
        if number < self.next_number:
            self._figures.late += 1
            self._seen.add(number)
            return Taken.REFUSED, self._sorted(packet, number)
        if len(self._waiting) >= _MOST_WAITING:
            self._figures.malformed += 1
            return Taken.REFUSED, None
        return Taken.QUEUED, self._queue(packet, number)

    def _queue(self, packet: Packet, number: int) -> Queued:
        queued = self._waiting[number] = self._sorted(packet, number)
        self._seen.add(number)
        if number > self._newest.number:
            self._newest = queued
            self._seen -= {each for each in self._seen if each < number - 2 * _MOST_REORDERED}
        return queued

    def _sorted(self, packet: Packet, number: int) -> Queued:
        newest = self._newest
        step = timestamp_step(packet.timestamp, newest.time & 0xFFFFFFFF)
        return Queued(number, newest.time + step, packet)
