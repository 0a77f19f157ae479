"""Gain that never jumps: a factor on samples which moves in a straight line."""

import numpy as np

from daemons.audio.sources import Samples


class GainRamp:
    """A factor that reaches each new target after the given number of frames.

    A steady factor of exactly 1.0 does not touch the samples.
    """

    __slots__ = ("_line", "_remaining", "_step", "_target", "_value")

    def __init__(self, value: float, period_frames: int) -> None:
        """Start steady at `value`; blocks may have up to `period_frames`."""
        self._value = value
        self._target = value
        self._step = 0.0
        self._remaining = 0
        self._line = np.arange(1, period_frames + 1, dtype=np.float32)

    @property
    def target(self) -> float:
        """Where it is, or is going."""
        return self._target

    @property
    def remaining_frames(self) -> int:
        """The frames until the target is reached."""
        return self._remaining

    @property
    def silent(self) -> bool:
        """Whether nothing is heard, now and later."""
        return self._remaining == 0 and self._value == 0.0

    def aim(self, target: float, frames: int) -> None:
        """Move to `target` over `frames` from here; on the way there already, sooner but not later."""
        frames = max(frames, 1)
        if target == self._target and frames >= self._remaining:
            return
        self._target = target
        self._remaining = frames
        self._step = (target - self._value) / self._remaining

    def jump(self, value: float) -> None:
        """Be at `value` at once: only for what is not heard yet."""
        self._value = self._target = value
        self._remaining = 0

    def apply(self, block: Samples) -> None:
        """Multiply the block in place and move on by its length."""
        frames = len(block)
        moving = min(self._remaining, frames)
        if moving:
            block[:moving] *= self._line[:moving] * self._step + self._value
            self._remaining -= moving
            self._value = self._value + self._step * moving if self._remaining else self._target
        if moving < frames and self._value != 1.0:
            block[moving:] *= self._value
