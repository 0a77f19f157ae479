"""How long a multicast source waits for late packets, by latency profile.

The latency is the time from the arrival of a packet to the moment at which the engine takes its first sample. A
part of it lies in the receiver, sorted by sequence number; the rest lies in the engine's own buffer, which follows
the sender's clock. When packets come later than that, the receiver waits longer step by step, up to the bound, and
comes back in the pauses of the sender.
"""

from dataclasses import dataclass
from typing import Final

from daemons.audio.sources import SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class LatencyProfile:
    """One profile."""

    latency_ms: int
    longest_ms: int
    """The bound of what it grows to."""
    engine_ms: int
    """How much of it waits in the engine."""

    @property
    def receiver_s(self) -> float:
        """How long a packet waits in the receiver."""
        return (self.latency_ms - self.engine_ms) / 1000

    @property
    def growth_s(self) -> float:
        """By how much the receiver may wait longer."""
        return (self.longest_ms - self.latency_ms) / 1000

    @property
    def engine_frames(self) -> int:
        """How much of it waits in the engine, in samples."""
        return self.engine_ms * SAMPLE_RATE_HZ // 1000


NORMAL: Final = "Normal"
PROFILES: Final = {
    NORMAL: LatencyProfile(200, 400, 50),
    "Low": LatencyProfile(80, 160, 35),
    "UltraLow": LatencyProfile(40, 80, 20),
}
