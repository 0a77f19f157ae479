"""Brings live speech to one loudness while it is spoken.

The gain follows the loudness of the last seconds of speech (momentary loudness of EBU R128, gated as that gates its
integrated one), not that of single words, so it does not pump. Pauses and noise hold it. It never goes further than
12 dB either way; what peaks then is the limiter's.
"""

import math
from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from common.pcm import SAMPLE_RATE_HZ
from daemons.audio.worker.loudness import MODE_MOMENTARY, Meter, load_library

Samples = npt.NDArray[np.float32]

RANGE_DB: Final = 12.0
GATE_LUFS: Final = -50.0
"""What is softer is no speech."""

_HOP_FRAMES: Final = SAMPLE_RATE_HZ // 10
_WINDOW_HOPS: Final = 4
_REMEMBERED_HOPS: Final = 40
_BELOW_SPEECH_LU: Final = 15.0
_RELATIVE_GATE_LU: Final = 10.0
_NEW_SPEAKER_HOPS: Final = 80
"""What stays far softer for so long is no pause but a softer speaker."""
_UP_DB_PER_FRAME: Final = 6.0 / SAMPLE_RATE_HZ
_DOWN_DB_PER_FRAME: Final = 20.0 / SAMPLE_RATE_HZ


class SpeechLeveller:
    """One talker's gain. Switched off, it goes back to 0 dB and then leaves samples as they are."""

    def __init__(self, target_lufs: float = -20.0, *, enabled: bool = False) -> None:
        self._lib = load_library()
        self.target_lufs = target_lufs
        self._enabled = enabled
        self._gain_db = 0.0
        self._forget()

    @property
    def gain_db(self) -> float:
        """The gain at this moment."""
        return self._gain_db

    def configure(self, *, enabled: bool, target_lufs: float) -> None:
        """Live by other settings from now on."""
        if enabled and not self._enabled:
            self._forget()
        self._enabled = enabled
        self.target_lufs = target_lufs

    def process(self, block: Samples) -> Samples:
        """Return the next samples, levelled; any number at 48 kHz."""
        if not self._enabled and self._gain_db == 0.0:
            return block
        out = np.empty_like(block)
        done = 0
        while done < len(block):
            piece = block[done : done + self._until_hop]
            out[done : done + len(piece)] = piece * self._line(len(piece))
            if self._enabled:
                self._listen(np.ascontiguousarray(piece))
            done += len(piece)
        return out

    def _forget(self) -> None:
        self._meter = Meter(self._lib, MODE_MOMENTARY)
        self._until_hop = _HOP_FRAMES
        self._speech: deque[float] = deque(maxlen=_REMEMBERED_HOPS)
        self._loud_hops = 0
        self._soft_hops = 0

    def _line(self, frames: int) -> Samples:
        """Return the gain of each of the next samples, and move on."""
        wanted = self._wanted_db() if self._enabled else 0.0
        way = wanted - self._gain_db
        step = _UP_DB_PER_FRAME if way > 0 else -_DOWN_DB_PER_FRAME
        steps = self._gain_db + step * np.arange(1, frames + 1)
        steps = np.minimum(steps, wanted) if way > 0 else np.maximum(steps, wanted)
        self._gain_db = float(steps[-1])
        line: Samples = np.power(10.0, steps / 20.0).astype(np.float32)
        return line

    def _wanted_db(self) -> float:
        level = self._level()
        if level is None:
            return self._gain_db
        return max(-RANGE_DB, min(RANGE_DB, self.target_lufs - level))

    def _level(self) -> float | None:
        """Return the loudness of the speech that is remembered."""
        if not self._speech:
            return None
        gate = _mean(list(self._speech)) - _RELATIVE_GATE_LU
        return _mean([value for value in self._speech if value > gate])

    def _listen(self, piece: Samples) -> None:
        self._meter.add(piece)
        self._until_hop -= len(piece)
        if self._until_hop > 0:
            return
        self._until_hop = _HOP_FRAMES
        momentary = self._meter.momentary_loudness()
        if momentary <= GATE_LUFS:
            self._loud_hops = self._soft_hops = 0
            return
        self._loud_hops += 1
        if self._loud_hops < _WINDOW_HOPS:
            return  # the window still holds some of the silence before
        level = self._level()
        if level is not None and momentary < level - _BELOW_SPEECH_LU:
            self._soft_hops += 1
            if self._soft_hops < _NEW_SPEAKER_HOPS:
                return
            self._speech.clear()
        self._soft_hops = 0
        self._speech.append(momentary)


def _mean(values: list[float]) -> float:
    return 10.0 * math.log10(sum(10.0 ** (value / 10.0) for value in values) / len(values))
