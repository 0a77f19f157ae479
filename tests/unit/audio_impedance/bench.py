"""An amplifier on the test's own bench: the simulated one, driven by the tones themselves whenever it is asked."""

import math
import socket
from collections.abc import Callable

import msgspec
import numpy as np

from common.errors import Unavailable
from daemons.audio.impedance.tones import ToneSource
from hw.ports import Protection, Sensed
from hw.sim.amplifier import FULL_SCALE_V, Amplifier

PERIOD = 480
RATE = 48_000


class BenchAmplifier:
    """Time passes for it only while something is measured."""

    full_scale_v = FULL_SCALE_V

    def __init__(self) -> None:
        self.inside = Amplifier()
        self.tones = ToneSource()
        self.connected = True
        self.answers = True
        self.resets = 0
        self.loudest_v = 0.0
        self.asked: Callable[[], None] = lambda: None
        self.changed: Callable[[Protection], None] = lambda protection: None

    def play(self, sound: np.ndarray) -> None:
        """Send samples of full scale 1.0 to the terminals."""
        for period in (sound * 2**31).astype(np.int32).reshape(-1, PERIOD):
            self.inside.drive(period)

    def hear(self, open_tap: Callable[[], socket.socket]) -> None:
        """Play by the tones' own hand."""

    async def run(self, changed: Callable[[Protection], None]) -> None:
        """Report what the protection does; nobody ends it."""
        self.changed = changed
        changed(Protection(self.inside.protection))

    async def sense(self, window_s: float) -> Sensed:
        """Let the window pass, then measure it."""
        self.asked()
        if not self.answers:
            raise Unavailable("the bench is away")
        block = np.zeros(PERIOD, dtype=np.float32)
        for _ in range(round(window_s * RATE / PERIOD)):
            self.tones.read_into(block)
            self.loudest_v = max(self.loudest_v, float(np.max(np.abs(block))) * FULL_SCALE_V)
            self.play(block if self.connected else np.zeros(PERIOD))
        return msgspec.convert(self.inside.sense(window_s), Sensed)

    async def reset(self) -> None:
        """Reset it."""
        self.resets += 1
        self.inside.reset()
        self.changed(Protection(self.inside.protection))


def speech_like(seconds: float, rms_v: float, seed: int = 1) -> np.ndarray:
    """Noise with the spectrum of speech, in samples of full scale 1.0."""
    frames = round(seconds * RATE / PERIOD) * PERIOD
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(frames))
    hz = np.fft.rfftfreq(frames, 1 / RATE)
    spectrum *= (hz > 80) / (1 + (hz / 500) ** 2) ** 0.5
    sound = np.fft.irfft(spectrum, frames)
    scaled: np.ndarray = sound / math.sqrt(float(np.mean(sound**2))) * rms_v / FULL_SCALE_V
    return scaled
