"""One step of the processing, which can be switched while sound goes through it."""

from typing import Final, Protocol

from common.pcm import PERIOD_FRAMES
from daemons.audio.gain import GainRamp
from daemons.audio.sources import Samples

_FADE_FRAMES: Final = 5 * PERIOD_FRAMES
_WARM_UP_PERIODS: Final = 10
"""What is switched on hears this much before it is heard: it begins with nothing in its filters."""


class Processor(Protocol):
    """Something that sound goes through."""

    def process(self, block: Samples, reference: Samples) -> Samples:
        """Return the period as it comes out; `reference` is what the speaker plays."""
        ...


class Stage:
    """Lets sound through as it is, or through a processor; from one to the other it fades in 50 ms."""

    def __init__(self) -> None:
        self._processor: Processor | None = None
        self._share = GainRamp(0.0, PERIOD_FRAMES)
        self._warming_up = 0

    @property
    def on(self) -> bool:
        """Whether a processor is heard, or going to be."""
        return self._processor is not None and (self._warming_up > 0 or self._share.target > 0.0)

    def switch_on(self, processor: Processor) -> None:
        """Go through `processor` from now on."""
        if self._processor is None:
            self._processor = processor
        if self._share.silent:
            self._warming_up = _WARM_UP_PERIODS
        else:  # it was about to be switched off: the old one is still warm
            self._share.aim(1.0, _FADE_FRAMES)

    def switch_off(self) -> None:
        """Let sound through as it is from now on."""
        self._warming_up = 0
        self._share.aim(0.0, _FADE_FRAMES)

    def process(self, block: Samples, reference: Samples) -> Samples:
        """Return the period as it comes out."""
        if self._processor is None:
            return block
        processed = self._processor.process(block, reference)
        if self._warming_up:
            self._warming_up -= 1
            if not self._warming_up:
                self._share.aim(1.0, _FADE_FRAMES)
            return block
        if self._share.silent:
            self._processor = None
            return block
        if self._share.target == 1.0 and not self._share.remaining_frames:
            return processed
        difference = processed - block
        self._share.apply(difference)
        return block + difference
