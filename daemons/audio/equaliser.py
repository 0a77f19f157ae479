"""Equaliser presets, and how the sound goes from one to another without a click.

The filters are pedalboard's: they delay nothing. The library is loaded with the first preset that is not flat, and
whatever is built is built outside the engine's thread.
"""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from daemons.audio.preload import preload
from daemons.audio.sources import SAMPLE_RATE_HZ, Samples

Filters = Callable[[Samples], Samples]
"""Returns one filtered period; keeps what it needs of the periods before."""

FLAT: Final = "flat"


@dataclass(frozen=True, slots=True)
class Band:
    """A bell around a frequency."""

    hz: float
    gain_db: float
    q: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """A step of everything above (`high`) or below a frequency, half of it reached there."""

    hz: float
    gain_db: float
    high: bool
    q: float = 0.707


@dataclass(frozen=True, slots=True)
class HighPass:
    """Takes away what is below: per order 6 dB an octave, and 3 dB at the frequency itself."""

    hz: float
    order: int


Filter = Band | Shelf | HighPass

PRESETS: Final[Mapping[str, tuple[Filter, ...]]] = MappingProxyType(
    {
        FLAT: (),
        # Rumble and boom away, consonants forward.
        "speech": (
            HighPass(90, 2),
            Band(250, -3, 1.0),
            Band(3_000, 4, 0.8),
            Shelf(9_000, -2, high=True),
        ),
        # A little more at both ends, as music at low level wants it.
        "music": (
            HighPass(30, 1),
            Shelf(110, 3, high=False),
            Band(450, -1.5, 0.8),
            Shelf(8_000, 2.5, high=True),
        ),
        # A ceiling reinforces the low end, and who sits beside the axis misses the treble.
        "ceiling": (
            HighPass(60, 2),
            Band(200, -3, 0.8),
            Band(1_200, -1.5, 1.0),
            Shelf(5_000, 4, high=True),
        ),
        # What a horn cannot radiate only moves its driver; its throat honks.
        "horn": (
            HighPass(250, 3),
            Band(1_500, -4, 1.0),
            Shelf(5_000, 5, high=True),
        ),
        # Below its resonance a small speaker only distorts; some warmth just above it.
        "small": (
            HighPass(100, 3),
            Band(220, 4, 0.9),
            Band(1_000, -1.5, 0.8),
            Shelf(10_000, 2, high=True),
        ),
    }
)
"""What each preset does to everything that plays, in the order in which it is done."""

_RUN_IN_PERIODS: Final = 2
_FADE_PERIODS: Final = 4


def build(preset: str, period_frames: int) -> Filters | None:
    """Return the filters of a preset, ready to run; None for flat. Takes its time: not for the engine's thread."""
    if not PRESETS[preset]:
        return None
    _load()
    import pedalboard

    plugins: list[pedalboard.Plugin] = []
    for part in PRESETS[preset]:
        match part:
            case HighPass(hz, order):
                plugins += [pedalboard.HighpassFilter(hz) for _ in range(order)]
            case Band(hz, gain_db, q):
                plugins.append(pedalboard.PeakFilter(hz, gain_db, q))
            case Shelf(hz, gain_db, high, q):
                kind = pedalboard.HighShelfFilter if high else pedalboard.LowShelfFilter
                plugins.append(kind(hz, gain_db, q))
    process = pedalboard.process

    def run(block: Samples) -> Samples:
        filtered: Samples = process(block, SAMPLE_RATE_HZ, plugins, period_frames, False)
        return filtered

    run(np.zeros(period_frames, dtype=np.float32))
    return run


def _load() -> None:
    """Bring the library into memory so that the engine's thread does not wait for it."""
    native = importlib.util.find_spec("pedalboard_native")
    if native is not None and native.origin is not None:
        preload(Path(native.origin))


class Equaliser:
    """The filters in force, in the hands of the engine's thread.

    A change runs the new filters in beside the old ones, then fades over from the one sound to the other.
    """

    def __init__(self, period_frames: int) -> None:
        self._frames = period_frames
        self._now: Filters | None = None
        self._next: Filters | None = None
        self._wanted: Filters | None = None
        self._changing = 0
        """The periods that the change has taken so far and one; 0 while there is none."""
        steps = np.arange(1, period_frames * _FADE_PERIODS + 1, dtype=np.float32)
        self._fade = (steps / len(steps)).reshape(_FADE_PERIODS, period_frames)

    def change(self, filters: Filters | None, at_once: bool) -> None:
        """Go over to other filters; at once only where nothing is heard."""
        self._wanted = filters
        if at_once:
            self._now = filters
            self._changing = 0

    def process(self, block: Samples) -> None:
        """Filter one period in place."""
        if not self._changing:
            if self._wanted is self._now:
                if self._now is not None:
                    block[:] = self._now(block)
                return
            self._next = self._wanted
            self._changing = 1
        old = self._now(block) if self._now is not None else block
        new = self._next(block) if self._next is not None else block
        fading = self._changing - 1 - _RUN_IN_PERIODS
        if fading < 0:
            block[:] = old
        else:
            block[:] = old + (new - old) * self._fade[fading]
        self._changing += 1
        if fading == _FADE_PERIODS - 1:
            self._now, self._next = self._next, None
            self._changing = 0
