"""The room between the simulated speaker and microphone: what the microphone hears of what is played, and noise.

Of a sample that the speaker's ring has at position n, the direct sound is in the microphone's sample
n + `latency_frames` + `delay_ms`, counting both from the switching on of the card, and exactly there however late the
player was: the microphone's side waits for as long as the card waits for a player.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from common.errors import InvalidValue
from hw.sim.speaker_ring import SAMPLE_RATE_HZ, Played

Sound = npt.NDArray[np.float32]

_FULL_SCALE: Final = np.float32(1 / 2_147_483_648.0)
_SEED: Final = 8210

REVERB_AS_LOUD_AS_DIRECT_MS: Final = 200.0
"""The reverberation time at which direct and reverberated sound have the same energy; it grows with the time."""

_LIMITS: Final = {
    "coupling_db": (-120.0, 20.0),
    "delay_ms": (0.0, 500.0),
    "reverb_ms": (0.0, 3_000.0),
    "noise_dbfs": (-120.0, 0.0),
}
_MAY_BE_OFF: Final = ("coupling_db", "noise_dbfs")


@dataclass(frozen=True)
class Acoustics:
    """What a room does to sound; as built, speaker and microphone are not in one room, and it is quiet."""

    coupling_db: float | None = None
    """How loud the speaker is at the microphone: the energy of the whole impulse response."""
    delay_ms: float = 5.0
    """How long the direct sound takes, to the nearest sample."""
    reverb_ms: float = 0.0
    """How long the reverberation takes to fall by 60 dB."""
    noise_dbfs: float | None = None
    """The level (RMS, of full scale 1.0) of a white noise."""

    def changed(self, changes: dict[str, Any]) -> "Acoustics":
        """Return these with changes; raises `InvalidValue` for what a room cannot be."""
        for name, value in changes.items():
            if name not in _LIMITS:
                raise InvalidValue(f"a room has no '{name[:40]}'")
            low, high = _LIMITS[name]
            if value is None and name in _MAY_BE_OFF:
                continue
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not low <= value <= high:
                off = " or null" if name in _MAY_BE_OFF else ""
                raise InvalidValue(f"{name} must be a number from {low:g} to {high:g}{off}")
        return replace(self, **changes)


def impulse_response(acoustics: Acoustics) -> Sound | None:
    """Return what the microphone hears of an impulse: the direct sound, then noise that dies away."""
    if acoustics.coupling_db is None:
        return None
    delay = round(acoustics.delay_ms * SAMPLE_RATE_HZ / 1000)
    tail = round(acoustics.reverb_ms * SAMPLE_RATE_HZ / 1000)
    response = np.zeros(delay + 1 + tail)
    response[delay] = 1.0
    if tail:
        after = np.arange(1, tail + 1) / tail
        reverberation = np.random.default_rng(_SEED).standard_normal(tail) * 10 ** (-3 * after)
        energy = acoustics.reverb_ms / REVERB_AS_LOUD_AS_DIRECT_MS
        response[delay + 1 :] = reverberation * np.sqrt(energy / np.sum(reverberation**2))
    response *= 10 ** (acoustics.coupling_db / 20) / np.sqrt(np.sum(response**2))
    return response.astype(np.float32)


class Room:
    """Carries sound from speaker to microphone. The card's thread calls `play` and `hear`; `set` may come from any."""

    def __init__(
        self, period_frames: int, buffer_periods: int, amplifies: Callable[[], bool]
    ) -> None:
        self._period_frames: Final = period_frames
        self._amplifies = amplifies
        # A period that a player is late with is decided on within the card's buffer, and heard by the next tick.
        self._latency_periods: Final = buffer_periods + 1
        silent: list[Played | None] = [None] * self._latency_periods
        self._on_its_way: deque[Played | None] = deque(silent)
        self._setting = threading.Lock()
        self.acoustics = Acoustics()
        self._path: _Convolution | None = None
        self._noise: _Noise | None = None

    @property
    def latency_frames(self) -> int:
        """By how much the card's microphone is behind its speaker, without any way for the sound."""
        return self._latency_periods * self._period_frames

    def set(self, changes: dict[str, Any]) -> None:
        """Change the room, from the next period on: what was still sounding in the old one is not heard any more."""
        with self._setting:
            new = self.acoustics.changed(changes)
            response = impulse_response(new)
            path = None if response is None else _Convolution(response, self._period_frames)
            noise = None if new.noise_dbfs is None else _Noise(new.noise_dbfs, self._period_frames)
            self.acoustics, self._path, self._noise = new, path, noise

    def describe(self) -> dict[str, Any]:
        """Return what the room is like."""
        return {**asdict(self.acoustics), "latency_frames": self.latency_frames}

    def play(self, period: Played) -> None:
        """Take what the card plays; what the amplifier does not pass on is silent."""
        self._on_its_way.append(period if self._amplifies() else None)

    def hear(self) -> Sound | None:
        """Return the next period at the microphone; None is silence."""
        played = self._on_its_way.popleft()
        path, noise = self._path, self._noise
        sound = None if path is None else path.convolve(played)
        if noise is None:
            return sound
        return noise.next() if sound is None else sound + noise.next()


class _Noise:
    """White noise, always the same."""

    def __init__(self, level_dbfs: float, period_frames: int) -> None:
        self._generator = np.random.default_rng(_SEED + 1)
        self._rms = np.float32(10 ** (level_dbfs / 20))
        self._period_frames = period_frames

    def next(self) -> Sound:
        return self._generator.standard_normal(self._period_frames, np.float32) * self._rms


class _Convolution:
    """Overlap-save in parts of one period each, so that no period costs more than another."""

    def __init__(self, response: Sound, period_frames: int) -> None:
        parts = -(-len(response) // period_frames)
        padded = np.zeros((parts, 2 * period_frames), dtype=np.float32)
        padded[:, :period_frames].flat[: len(response)] = response
        self._response = np.fft.rfft(padded)
        self._spectra = np.zeros_like(self._response)
        self._newest = 0
        self._input = np.zeros(2 * period_frames, dtype=np.float32)
        self._sounding = 0

    def convolve(self, played: Played | None) -> Sound | None:
        """Return the next period of what is heard; None when all that was played has died away."""
        parts, frames = len(self._response), len(self._input) // 2
        silent = played is None or not played.any()
        self._sounding = self._sounding - 1 if silent else parts + 1
        if self._sounding < 0:
            self._sounding = 0
            return None
        self._input[:frames] = self._input[frames:]
        self._input[frames:] = 0 if played is None else played * _FULL_SCALE
        self._newest = (self._newest - 1) % parts
        self._spectra[self._newest] = np.fft.rfft(self._input)
        split = parts - self._newest
        spectrum = np.einsum("pf,pf->f", self._response[:split], self._spectra[self._newest :])
        if split < parts:
            spectrum += np.einsum("pf,pf->f", self._response[split:], self._spectra[: self._newest])
        return np.fft.irfft(spectrum)[frames:].astype(np.float32)
