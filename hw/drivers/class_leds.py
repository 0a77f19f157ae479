"""Lamps of the kernel's LED class, two of them side by side behind one lens: red, green, and both for amber.

Flashing is left to the kernel's `pattern` trigger, so that nobody is woken for it; where a kernel lacks that trigger,
this driver writes each step. A lamp is never given another trigger, nor the brightness 0, which would take the
trigger away: then its files `pattern` and `repeat` would be made anew, and belong to root again (etc/udev).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hw.ports import Colour, Led, Pattern

log = logging.getLogger(__name__)

SYS: Final = Path("/sys")
TRIGGER: Final = "pattern"
RETRY_INTERVAL_S: Final = 1.0
STEADY_MS: Final = 3_600_000
"""How long the kernel sleeps over a lamp that does not flash."""

_RED: Final = frozenset({Colour.RED, Colour.AMBER})
_GREEN: Final = frozenset({Colour.GREEN, Colour.AMBER})


@dataclass(frozen=True)
class BicolourLamp:
    """The names of the two LEDs of a lamp, `colour:function`."""

    red: str
    green: str


class ClassLeds:
    """The lamps of a board."""

    def __init__(self, lamps: Mapping[Led, BicolourLamp], sys: Path = SYS) -> None:
        self._lamps = dict(lamps)
        self._folder = sys / "class/leds"
        self._shown: dict[Led, Pattern] = {}
        self._wake = {led: asyncio.Event() for led in lamps}

    def show(self, led: Led, pattern: Pattern) -> None:
        """Show `pattern` from now on; returns at once."""
        if self._shown.get(led) != pattern:
            self._shown[led] = pattern
            self._wake[led].set()

    async def run(self) -> None:
        """Keep the lamps as they were last told, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for led in self._lamps:
                tasks.create_task(self._keep(led), name=f"{led.value} LED")

    async def _keep(self, led: Led) -> None:
        said = ""
        while True:
            await self._wake[led].wait()
            self._wake[led].clear()
            pattern = self._shown[led]
            try:
                await self._show(led, pattern)
                said = ""
            except OSError as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("the %s LED cannot be lit: %s, trying again", led.value, said)
                await asyncio.sleep(RETRY_INTERVAL_S)
                self._wake[led].set()

    async def _show(self, led: Led, pattern: Pattern) -> None:
        lamp = self._lamps[led]
        if await asyncio.to_thread(self._hand_over, lamp, pattern):
            return
        while not self._wake[led].is_set():
            for step in pattern:
                await asyncio.to_thread(self._write, lamp, step.colour)
                await self._pause(led, step.duration_ms)
                if self._wake[led].is_set():
                    return

    async def _pause(self, led: Led, duration_ms: int) -> None:
        """Wait for the end of a step (0: none), or for another pattern."""
        try:
            async with asyncio.timeout(duration_ms / 1000 or None):
                await self._wake[led].wait()
        except TimeoutError:
            return

    def _hand_over(self, lamp: BicolourLamp, pattern: Pattern) -> bool:
        """Let the kernel show it; returns whether it can."""
        folders = [self._folder / name for name in (lamp.red, lamp.green)]
        for folder in folders:
            triggers = (folder / "trigger").read_text().split()
            if f"[{TRIGGER}]" in triggers:
                continue
            if TRIGGER not in triggers:
                return False
            (folder / "trigger").write_text(TRIGGER)
        texts = [
            _kernel_pattern([(step.colour in lit, step.duration_ms) for step in pattern], most)
            for lit, most in zip((_RED, _GREEN), map(_brightest, folders), strict=True)
        ]
        # The two side by side, so that they change together.
        for folder, text in zip(folders, texts, strict=True):
            (folder / "pattern").write_text(text)
        return True

    def _write(self, lamp: BicolourLamp, colour: Colour) -> None:
        for name, lit in ((lamp.red, _RED), (lamp.green, _GREEN)):
            folder = self._folder / name
            (folder / "brightness").write_text(str(_brightest(folder) if colour in lit else 0))


def _brightest(folder: Path) -> int:
    return int((folder / "max_brightness").read_text())


def _kernel_pattern(steps: Sequence[tuple[bool, int]], brightest: int) -> str:
    """Return the text for `pattern`: pairs of brightness and ms, repeated without end.

    The kernel fades from one brightness to the next; a second pair of 0 ms makes a step of it
    (Documentation/ABI/testing/sysfs-class-led-trigger-pattern).
    """
    joined: list[tuple[bool, int]] = []
    for lit, duration_ms in steps:
        if joined and joined[-1][0] is lit:
            joined[-1] = lit, joined[-1][1] + duration_ms
        else:
            joined.append((lit, duration_ms))
    if len(joined) == 1:
        level = brightest if joined[0][0] else 0
        return f"{level} {STEADY_MS} {level} {STEADY_MS}"
    return " ".join(
        f"{brightest if lit else 0} {duration_ms} {brightest if lit else 0} 0"
        for lit, duration_ms in joined
    )
