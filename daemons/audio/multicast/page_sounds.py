"""What a page is made of: a clip from its file, a talker, or the audio input."""

import os
import select
import time
from enum import Enum
from typing import Final, Protocol

import numpy as np

from common import pcm
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

_TALKER_BUFFER_FRAMES: Final = 6 * pcm.PERIOD_FRAMES
_MOST_BEHIND_FRAMES: Final = 50 * pcm.PERIOD_FRAMES


class Sound(Enum):
    """Which of them."""

    CLIP = "clip"
    TALK = "talk"
    INPUT = "input"


class PageSound(Protocol):
    """Blocks of sound, each when it is time for it."""

    def next(self, frames: int) -> tuple[int, Samples] | None:
        """Wait until the next block is due; return where it begins, in samples, and the block; None at the end."""
        ...


def sound_of(kind: Sound, descriptor: int, volume: float) -> PageSound:
    """Return the sound behind a descriptor."""
    if kind is Sound.CLIP:
        return ClipSound(descriptor, volume)
    receiver = pcm.PcmReceiver(pcm.adopt(descriptor))
    return TalkSound(receiver) if kind is Sound.TALK else InputSound(receiver, descriptor)


class _Pace:
    """Our own clock, for what has none."""

    def __init__(self) -> None:
        self._begun_s: float | None = None

    def wait_for(self, frame: int) -> None:
        """Return when a sample is due."""
        now_s = time.monotonic()
        if self._begun_s is None:
            self._begun_s = now_s
        time.sleep(max(0.0, self._begun_s + frame / SAMPLE_RATE_HZ - now_s))


class ClipSound:
    """A decoded clip, from its file."""

    def __init__(self, descriptor: int, volume: float) -> None:
        self._file = descriptor
        self._volume = np.float32(volume)
        self._position = 0
        self._pace = _Pace()

    def next(self, frames: int) -> tuple[int, Samples] | None:
        """Read on; silence fills the last block."""
        at = self._position
        content = os.pread(self._file, frames * pcm.SAMPLE_BYTES, at * pcm.SAMPLE_BYTES)
        if len(content) < pcm.SAMPLE_BYTES:
            return None
        block = np.zeros(frames, dtype=np.float32)
        count = len(content) // pcm.SAMPLE_BYTES
        block[:count] = np.frombuffer(content, dtype="<f4", count=count) * self._volume
        self._position += frames
        self._pace.wait_for(at)
        return at, block


class TalkSound:
    """A talker, who sends unevenly: a little is kept, and given at our own pace."""

    def __init__(self, receiver: pcm.PcmReceiver) -> None:
        self._receiver = receiver
        self._arrived = np.frombuffer(receiver.payload, dtype=np.float32)
        self._kept: Samples = np.zeros(0, dtype=np.float32)
        self._position = 0
        self._flows = False
        self._ended = False
        self._pace = _Pace()

    def next(self, frames: int) -> tuple[int, Samples] | None:
        """Give what is there; time goes on while nothing is."""
        while True:
            at = self._position
            self._pace.wait_for(at)
            self._position += frames
            self._fetch()
            enough = frames if self._flows else frames + _TALKER_BUFFER_FRAMES
            if len(self._kept) >= enough or (self._ended and len(self._kept)):
                self._flows = True
                block = np.zeros(frames, dtype=np.float32)
                count = min(frames, len(self._kept))
                block[:count] = self._kept[:count]
                self._kept = self._kept[count:]
                return at, block
            if self._ended:
                return None
            self._flows = False

    def _fetch(self) -> None:
        blocks = [self._kept]
        while not self._ended and (count := self._receiver.receive()) != 0:
            if count is None:
                self._ended = True
            else:
                blocks.append(self._arrived[:count].copy())
        self._kept = np.concatenate(blocks)[-_MOST_BEHIND_FRAMES:]


class InputSound:
    """The audio input, whose card gives the pace."""

    def __init__(self, receiver: pcm.PcmReceiver, descriptor: int) -> None:
        self._receiver = receiver
        self._arrived = np.frombuffer(receiver.payload, dtype=np.float32)
        self._waiting = select.poll()
        self._waiting.register(descriptor, select.POLLIN)
        self._kept: Samples = np.zeros(0, dtype=np.float32)
        self._begins = 0
        self._begun = False

    def next(self, frames: int) -> tuple[int, Samples] | None:
        """Wait for as much; what is missing in between moves the beginning."""
        if not self._begun:
            self._begun = True
            while self._receiver.receive():
                pass  # it waited while this process started, and what came after it is lost
        while len(self._kept) < frames:
            count = self._receiver.receive()
            if count is None:
                return None
            if count == 0:
                self._waiting.poll()
                continue
            if self._receiver.position != self._begins + len(self._kept):
                self._kept = self._kept[:0]
                self._begins = self._receiver.position
            self._kept = np.concatenate((self._kept, self._arrived[:count]))
        at, block = self._begins, self._kept[:frames].copy()
        self._kept = self._kept[frames:]
        self._begins += frames
        return at, block
