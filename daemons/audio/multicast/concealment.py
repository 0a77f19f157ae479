"""Sound in place of what was lost: the last periods of the waveform again, fading when nothing new comes."""

import math
from typing import Final

import numpy as np

from daemons.audio.sources import Samples

_HISTORY_S: Final = 0.050
_SHORTEST_PERIOD_S: Final = 0.0025
_LONGEST_PERIOD_S: Final = 0.015
_COMPARED_S: Final = 0.012
# A loop of less than this sounds like a buzzer; several periods of the voice vary a little.
_SHORTEST_LOOP_S: Final = 0.010
_WHOLE_S: Final = 0.030
"""For so long it is as loud as what was there before."""
_GONE_S: Final = 0.120
"""After so long there is nothing left of it."""
_BLEND_S: Final = 0.005


class WaveformSubstitution:
    """Continues a waveform, and goes over into what comes after."""

    def __init__(self, rate_hz: int) -> None:
        self._rate = rate_hz
        self._history: Samples = np.zeros(round(_HISTORY_S * rate_hz), dtype=np.float32)
        self._loop: Samples = self._history[:0]
        self._position = 0

    def follow(self, samples: Samples) -> Samples:
        """Return received samples, their beginning blended with the substitute that ran until then."""
        if len(self._loop):
            count = min(len(samples), round(_BLEND_S * self._rate))
            rising = np.linspace(0.0, 1.0, count, endpoint=False, dtype=np.float32)
            samples = samples.copy()
            samples[:count] = samples[:count] * rising + self._more(count) * (1 - rising)
            self._loop = self._loop[:0]
        self._remember(samples)
        return samples

    def continue_for(self, frames: int) -> Samples:
        """Return what may stand in place of the next `frames` samples."""
        if not len(self._loop):
            self._begin()
        # Not remembered: what is repeated is what was received, however long nothing comes.
        return self._more(frames)

    def _begin(self) -> None:
        period = self._period()
        loop = period * math.ceil(_SHORTEST_LOOP_S * self._rate / period)
        self._loop = self._history[-loop:].copy()
        # The end of the loop goes over into what came before its beginning, so that its seam is smooth.
        count = min(period // 4, len(self._history) - loop)
        if count:
            rising = np.linspace(0.0, 1.0, count, endpoint=False, dtype=np.float32)
            before = self._history[-loop - count : len(self._history) - loop]
            self._loop[-count:] = self._loop[-count:] * (1 - rising) + before * rising
        self._position = 0

    def _more(self, frames: int) -> Samples:
        at = self._position + np.arange(frames)
        whole, gone = _WHOLE_S * self._rate, _GONE_S * self._rate
        loudness = np.clip((gone - at) / (gone - whole), 0.0, 1.0)
        self._position += frames
        samples: Samples = (self._loop[at % len(self._loop)] * loudness).astype(np.float32)
        return samples

    def _period(self) -> int:
        """Return the lag at which the newest samples look most like those before."""
        compared = round(_COMPARED_S * self._rate)
        shortest = round(_SHORTEST_PERIOD_S * self._rate)
        longest = round(_LONGEST_PERIOD_S * self._rate)
        newest = self._history[-compared:]
        earlier = self._history[-compared - longest : len(self._history) - shortest]
        products = np.correlate(earlier, newest, "valid")
        energies = np.convolve(earlier * earlier, np.ones(compared, dtype=np.float32), "valid")
        likeness = products / np.sqrt(energies + 1e-9)
        # Of lags that are as good, the shortest: it stands last.
        best = len(likeness) - 1 - int(np.argmax(likeness[::-1]))
        return longest - best

    def _remember(self, samples: Samples) -> None:
        size = len(self._history)
        if len(samples) >= size:
            self._history[:] = samples[-size:]
        else:
            self._history[: size - len(samples)] = self._history[len(samples) :]
            self._history[size - len(samples) :] = samples
