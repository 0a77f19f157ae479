"""Which moment each frame is of, by the monotonic clock."""

from typing import Final

from common.pcm import SAMPLE_RATE_HZ

_CREEP: Final = 200e-6
"""How much slower than the monotonic clock a sound card may be: twice what is usual."""


class Timeline:
    """Learns from when sound arrives. A period is never early and sometimes late, so the promptest ones count."""

    def __init__(self) -> None:
        self._origin_s: float | None = None
        """The moment of frame 0."""

    @property
    def known(self) -> bool:
        """Whether any sound has arrived yet."""
        return self._origin_s is not None

    def arrived(self, frames: int, end: int, now_s: float) -> None:
        """Note that `frames` have come up to the frame before `end`."""
        latest = now_s - end / SAMPLE_RATE_HZ
        if self._origin_s is None:
            self._origin_s = latest
        else:
            self._origin_s = min(latest, self._origin_s + _CREEP * frames / SAMPLE_RATE_HZ)

    def frame_at(self, moment_s: float) -> int:
        """Return the frame of a moment."""
        return round((moment_s - self._known_origin()) * SAMPLE_RATE_HZ)

    def moment_of(self, frame: int) -> float:
        """Return the moment of a frame."""
        return self._known_origin() + frame / SAMPLE_RATE_HZ

    def _known_origin(self) -> float:
        if self._origin_s is None:
            raise ValueError("no sound has arrived yet")
        return self._origin_s
