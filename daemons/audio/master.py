"""What is done to the sum of all that plays on its way to the speaker: equaliser, gain, limiter."""

from daemons.audio.equaliser import Equaliser, Filters
from daemons.audio.gain import GainRamp
from daemons.audio.limiter import TruePeakLimiter
from daemons.audio.meter import Meter
from daemons.audio.sources import Samples


class Master:
    """The output's own stages, in the hands of the engine's thread; the meter is for others to read."""

    def __init__(self, period_frames: int, gain: float, ceiling_dbtp: float) -> None:
        self._equaliser = Equaliser(period_frames)
        self._gain = GainRamp(gain, period_frames)
        self._limiter = TruePeakLimiter(period_frames, ceiling_dbtp)
        self.meter = Meter()

    @property
    def limiting(self) -> bool:
        """Whether the limiter takes something away."""
        return self._limiter.limiting

    def set_gain(self, gain: float, frames: int, at_once: bool) -> None:
        """Go to another factor over so many frames; at once only where nothing is heard."""
        if at_once:
            self._gain.jump(gain)
        else:
            self._gain.aim(gain, frames)

    def set_equaliser(self, filters: Filters | None, at_once: bool) -> None:
        """Go over to other filters; at once only where nothing is heard."""
        self._equaliser.change(filters, at_once)

    def process(self, block: Samples, direct: Samples | None = None) -> None:
        """Make of one period of the mix, and of what goes past equaliser and gain, what the speaker plays."""
        self._equaliser.process(block)
        self._gain.apply(block)
        if direct is not None:
            block += direct
        self._limiter.process(block)
        if self.meter.watched:
            self.meter.measure(block, self._limiter.lowest_gain)
