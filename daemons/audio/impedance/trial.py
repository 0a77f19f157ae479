"""One test of the load: tones go out, voltage and current are sensed at each.

The first tone is so quiet that even a short does not trip the amplifier; the audible ones follow only where there is
a load that can take them.
"""

import asyncio
import contextlib
import math
from dataclasses import dataclass
from typing import Final

from common.errors import ApplianceError
from daemons.audio.impedance.load import Load, Point, impedance, verdict
from daemons.audio.impedance.tones import ToneSource
from hw.ports import Amplifier, Band

PROBE_HZ: Final = 1_000.0
PROBE_V: Final = 0.08
"""Peak: 0.8 A into 0.1 ohm."""
TEST_HZ: Final = (250.0, 500.0, 1_000.0, 2_000.0, 4_000.0)
TEST_V: Final = 0.8
"""Peak: 40 mW into 8 ohm, about 75 dB at 1 m from a common loudspeaker; 0.5 A into the least load that gets it."""

WINDOW_S: Final = 0.15
TONE_TIMEOUT_S: Final = 5.0
_SAME: Final = 0.02
_SAME_A: Final = 0.001
_LEAST_OF_EXPECTED: Final = 0.5


class Abandoned(Exception):
    """The test came to no result; the text says why."""


@dataclass(frozen=True)
class Found:
    """What came of a test."""

    load: Load
    points: tuple[Point, ...] = ()


class Trial:
    """One test, from `run` to its result."""

    def __init__(self, amplifier: Amplifier, tones: ToneSource, pause_s: float = WINDOW_S) -> None:
        self._amplifier = amplifier
        self._pause_s = pause_s
        self._tones = tones
        self._why = ""
        self._stopped = asyncio.Event()
        self.progress = 0.0

    def abandon(self, why: str) -> None:
        """Stop as soon as possible."""
        if not self._stopped.is_set():
            self._why = why
            self._stopped.set()
            self._tones.end()

    async def run(self) -> Found:
        """Sound the tones and return what was found; raises `Abandoned`."""
        try:
            probe = impedance(await self._sensed(PROBE_HZ, PROBE_V))
            if verdict(probe) is not Load.FINE:
                return Found(verdict(probe))
            points: list[Point] = []
            for hz in TEST_HZ:
                self.progress = (1 + len(points)) / (1 + len(TEST_HZ))
                ohm = impedance(await self._sensed(hz, TEST_V))
                if verdict(ohm) is not Load.FINE:
                    return Found(verdict(ohm))
                points.append(Point(hz, ohm))
            return Found(Load.FINE, tuple(points))
        finally:
            self._tones.end()

    async def _sensed(self, hz: float, peak_v: float) -> Band:
        """Return what is sensed at a tone as soon as two windows in a row say the same."""
        self._tones.sound(hz, peak_v / self._amplifier.full_scale_v)
        least_v = _LEAST_OF_EXPECTED * peak_v / math.sqrt(2)
        before: Band | None = None
        try:
            async with asyncio.timeout(TONE_TIMEOUT_S):
                while True:
                    await self._pause()
                    sensed = await self._amplifier.sense(WINDOW_S)
                    band = min(sensed.bands, key=lambda each: abs(math.log(each.hz / hz)))
                    if band.voltage_v >= least_v and before is not None and _alike(before, band):
                        return band
                    before = band
        except TimeoutError:
            raise Abandoned("the tones do not arrive at the terminals") from None
        except ApplianceError as error:
            raise Abandoned(f"nothing can be measured now: {error}") from None

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._stopped.wait()
        if self._stopped.is_set():
            raise Abandoned(self._why)


def _alike(one: Band, other: Band) -> bool:
    return math.isclose(one.voltage_v, other.voltage_v, rel_tol=_SAME) and math.isclose(
        one.current_a, other.current_a, rel_tol=_SAME, abs_tol=_SAME_A
    )
