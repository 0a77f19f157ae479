"""What the simulated loudspeaker played, and when each sample was heard."""

import io
import time
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.client import Client
from bench.figures import CannotMeasure

SAMPLE_RATE_HZ = 48_000
POLL_S = 0.05
SILENT_BELOW = 1e-3


@dataclass(frozen=True)
class Heard:
    """A stretch of sound with the time of its first sample on CLOCK_MONOTONIC."""

    samples: NDArray[np.float64]
    first_ns: int

    def onset_ns(self, after_ns: int, threshold: float = SILENT_BELOW) -> int | None:
        """Return when the first sample above `threshold` was taken, at or after a time."""
        skip = max(0, -(-(after_ns - self.first_ns) * SAMPLE_RATE_HZ // 10**9))
        loud = np.flatnonzero(np.abs(self.samples[skip:]) > threshold)
        if not len(loud):
            return None
        return self.first_ns + (skip + int(loud[0])) * 10**9 // SAMPLE_RATE_HZ


class Speaker:
    """Reads back what was played."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def heard(self, last_s: float) -> Heard:
        """Return the newest `last_s` seconds."""
        reply = self._client.get(f"/sim/speaker.wav?last={last_s}")
        if reply.status != 200:
            raise CannotMeasure(f"/sim/speaker.wav answers {reply.status}")
        with wave.open(io.BytesIO(reply.body)) as reader:
            frames = np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i4")
        return Heard(frames / 2.0**31, int(reply.headers["X-First-Sample-Monotonic-Ns"]))

    def wait_for_onset(self, after_ns: int, timeout_s: float = 3.0) -> float:
        """Return how many seconds after `after_ns` sound began."""
        while (elapsed := time.monotonic() - after_ns / 1e9) < timeout_s:
            time.sleep(POLL_S)
            if (onset := self.heard(elapsed + 0.2).onset_ns(after_ns)) is not None:
                return (onset - after_ns) / 1e9
        raise CannotMeasure(f"nothing was heard within {timeout_s} s of the trigger")

    def wait_for_silence(self, last_s: float, timeout_s: float = 5.0) -> None:
        """Return once the newest `last_s` seconds are silent."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if self.heard(last_s).onset_ns(0) is None:
                return
            time.sleep(POLL_S)
        raise CannotMeasure("the loudspeaker does not fall silent")
