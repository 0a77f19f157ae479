"""Clips from disk: the beginning is in memory, a feeder thread reads ahead of the engine for the rest."""

import os
import select
import threading
from collections import deque
from pathlib import Path
from typing import Final

import numpy as np

from daemons.audio.sources import SAMPLE_RATE_HZ, MemorySource, Samples, Source

HEAD_FRAMES: Final = SAMPLE_RATE_HZ // 2
"""How much of a clip stays in memory, so that it starts at once."""

_AHEAD_FRAMES: Final = SAMPLE_RATE_HZ
_FEED_EVERY_MS: Final = 100
_SAMPLE_BYTES: Final = 4


def read_head(file: Path) -> Samples:
    """Return the beginning of a decoded clip, to be kept in memory."""
    return np.fromfile(file, dtype="<f4", count=HEAD_FRAMES)


class ClipSource:
    """A decoded clip (raw float32, mono, 48 kHz), played 1 + `repeat` times without a gap; -1 is for ever.

    The engine reads, the feeder fills; each moves only its own end of the ring, so neither waits.
    """

    live: Final = False

    def __init__(self, file: Path, head: Samples, repeat: int = 0) -> None:
        """Open the file. `head` is its beginning as `read_head` returns it."""
        if repeat < -1:
            raise ValueError(f"{repeat} repeats: 0 plays once, -1 for ever")
        self._descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._frames = os.fstat(self._descriptor).st_size // _SAMPLE_BYTES
        if len(head) < min(self._frames, HEAD_FRAMES) or not len(head):
            os.close(self._descriptor)
            raise ValueError(f"{len(head)} frames in memory are too few to start from")
        self._head = head
        self.duration_frames: Final[int | None] = (
            None if repeat < 0 else self._frames * (repeat + 1)
        )
        self._ring: Samples = np.zeros(_AHEAD_FRAMES, dtype=np.float32)
        self._read = 0
        self._filled = len(head)
        self.failure: str | None = None
        self.released = False

    @property
    def finished(self) -> bool:
        """Whether the last repeat is over, or the disk gave no more."""
        if self.failure is not None:
            return self._read >= self._filled
        return self.duration_frames is not None and self._read >= self.duration_frames

    @property
    def filled(self) -> bool:
        """Whether nothing more is to be read from disk."""
        if self.failure is not None:
            return True
        return self.duration_frames is not None and self._filled >= self.duration_frames

    def read_into(self, buffer: Samples) -> int:
        """Copy the next samples: the beginning from memory, the rest from the ring."""
        wanted = min(len(buffer), self._filled - self._read)
        done = 0
        while done < wanted:
            if self._read < len(self._head):
                part = self._head[self._read : self._read + wanted - done]
            else:
                offset = self._read % len(self._ring)
                part = self._ring[offset : offset + wanted - done]
            buffer[done : done + len(part)] = part
            done += len(part)
            self._read += len(part)
        return done

    def fill(self) -> None:
        """Read ahead until the ring is full; only the feeder calls it."""
        while not self.filled:
            # What still comes from memory takes no room in the ring.
            taken = max(self._read, len(self._head))
            room = len(self._ring) - (self._filled - taken)
            if room <= 0:
                return
            offset = self._filled % len(self._ring)
            place = self._filled % self._frames
            count = min(room, len(self._ring) - offset, self._frames - place)
            got = self._read_file(place, self._ring[offset : offset + count])
            if got == 0:
                return
            self._filled += got

    def close(self) -> None:
        """Be read no more; the feeder closes the file when it comes by."""
        self.released = True

    def close_file(self) -> None:
        """Close the file; only the feeder calls it."""
        os.close(self._descriptor)

    def _read_file(self, place: int, part: Samples) -> int:
        if place < len(self._head):
            count = min(len(part), len(self._head) - place)
            part[:count] = self._head[place : place + count]
            return count
        try:
            size = os.preadv(self._descriptor, [part.data], place * _SAMPLE_BYTES)
        except OSError as error:
            self.failure = f"the clip cannot be read: {error.strerror}"
            return 0
        if size < _SAMPLE_BYTES:
            self.failure = "the clip's file is shorter than it was"
        return size // _SAMPLE_BYTES


class Feeder:
    """The one thread that reads clips from disk, for as long as they play."""

    def __init__(self) -> None:
        self._arrivals: deque[ClipSource] = deque()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def open(self, file: Path, head: Samples, repeat: int = 0) -> Source:
        """Return a source for a decoded clip; one that is all in its head needs no feeding.

        `head` is the beginning of the clip as `read_head` returns it.
        """
        if file.stat().st_size <= len(head) * _SAMPLE_BYTES:
            return MemorySource(head, repeat)
        source = ClipSource(file, head, repeat)
        self._arrivals.append(source)
        os.eventfd_write(self._wake, 1)
        return source

    def close(self) -> None:
        """End the thread and close every file."""
        self._stopping = True
        os.eventfd_write(self._wake, 1)
        if self._thread.is_alive():
            self._thread.join()
        os.close(self._wake)

    def _run(self) -> None:
        waiting = select.poll()
        waiting.register(self._wake, select.POLLIN)
        fed: list[ClipSource] = []
        while not self._stopping:
            while self._arrivals:
                fed.append(self._arrivals.popleft())
            fed = [source for source in fed if self._feed(source)]
            if waiting.poll(_FEED_EVERY_MS if fed else None):
                os.eventfd_read(self._wake)
        for source in (*fed, *self._arrivals):
            source.close_file()

    @staticmethod
    def _feed(source: ClipSource) -> bool:
        """Read ahead for a clip; returns whether it still plays."""
        if source.released:
            source.close_file()
            return False
        source.fill()
        return True
