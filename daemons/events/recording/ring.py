"""The newest sound, in memory: a ring of 16-bit samples at 48 kHz, mono, and where in it there was none."""

from collections import deque

import numpy as np
import numpy.typing as npt

from daemons.events.recording.spans import Span, add

Block = npt.NDArray[np.int16]


class Ring:
    """The last frames of a sound that goes on for ever. Frames are counted from its beginning, and never anew."""

    def __init__(self, frames: int) -> None:
        """Keep so many frames."""
        self._memory: Block = np.zeros(frames, dtype=np.int16)
        self._silences: deque[Span] = deque()
        self.start = 0
        """The oldest frame that is there."""
        self.end = 0
        """The frame that comes next."""

    def append(self, samples: Block) -> None:
        """Take what was heard next."""
        newest = samples[-len(self._memory) :]
        self._place(self.end + len(samples) - len(newest), newest)
        self._advance(len(samples))

    def append_silence(self, frames: int) -> None:
        """Let time pass in which nothing could be heard."""
        if frames <= 0:
            return
        kept = min(frames, len(self._memory))
        self._place(self.end + frames - kept, np.zeros(kept, dtype=np.int16))
        add(self._silences, (self.end, self.end + frames))
        self._advance(frames)

    def read(self, start: int, stop: int) -> tuple[Block, list[Span]]:
        """Return a copy of these frames, none of which is still to come, and which of them could not be heard.

        What is not there any more could not be heard either: it is silence.
        """
        if stop > self.end:
            raise ValueError(f"frame {stop} is still to come after {self.end}")
        block = np.zeros(stop - start, dtype=np.int16)
        there = min(max(start, self.start), stop)
        if there < stop:
            self._copy(there, block[there - start :])
        silences: list[Span] = []
        if there > start:
            silences.append((start, there))
        for span in self._silences:
            first, after = max(span[0], there), min(span[1], stop)
            if first < after:
                add(silences, (first, after))
        return block, silences

    def resize(self, frames: int) -> None:
        """Keep so many frames from now on, and of those that are there as many as fit."""
        if frames == len(self._memory):
            return
        start = max(self.start, self.end - frames)
        kept, _silences = self.read(start, self.end)
        self._memory = np.zeros(frames, dtype=np.int16)
        self._place(start, kept)
        self._advance(0)

    def clear(self) -> None:
        """Forget everything."""
        self._memory.fill(0)
        self._silences.clear()
        self.start = self.end

    def _advance(self, frames: int) -> None:
        self.end += frames
        self.start = max(self.start, self.end - len(self._memory))
        while self._silences and self._silences[0][1] <= self.start:
            self._silences.popleft()

    def _place(self, at: int, samples: Block) -> None:
        first = at % len(self._memory)
        whole = min(len(samples), len(self._memory) - first)
        self._memory[first : first + whole] = samples[:whole]
        self._memory[: len(samples) - whole] = samples[whole:]

    def _copy(self, at: int, into: Block) -> None:
        first = at % len(self._memory)
        whole = min(len(into), len(self._memory) - first)
        into[:whole] = self._memory[first : first + whole]
        into[whole:] = self._memory[: len(into) - whole]
