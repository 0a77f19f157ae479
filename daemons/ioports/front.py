"""The front of the unit: brings what the lamps should show to the driver, and shows it to whoever asks."""

import asyncio
import contextlib

import msgspec

from daemons.ioports.lamps import Lamps
from hw.ports import Led, LedDriver, Pattern


class Front:
    """The lamps of this board; none on a board without LEDs, where causes are noted all the same."""

    def __init__(self, lamps: Lamps, driver: LedDriver | None) -> None:
        self._lamps = lamps
        self._driver = driver
        self._wake = asyncio.Event()
        self._show()

    def raise_(self, cause: str, lasting_s: float) -> None:
        """Say that a cause holds, for `lasting_s` seconds or, with 0, until cleared."""
        self._lamps.raise_(cause, lasting_s)
        self._changed()

    def clear(self, cause: str) -> None:
        """Say that a cause no longer holds."""
        self._lamps.clear(cause)
        self._changed()

    def set_normal(self, pattern: Pattern) -> None:
        """Choose what the status LED shows in normal operation."""
        self._lamps.set_normal(pattern)
        self._changed()

    def describe(self) -> str:
        """Return each LED as JSON: its pattern, the cause shown and every cause that holds."""
        if self._driver is None:
            return "[]"
        return msgspec.json.encode([self._described(led) for led in Led]).decode()

    async def run(self) -> None:
        """Drive the lamps and end causes when their time is over, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self._driver is not None:
                tasks.create_task(self._driver.run(), name="LED driver")
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._lamps.next_end()):
                        await self._wake.wait()
                self._wake.clear()
                self._show()

    def _show(self) -> None:
        if self._driver is not None:
            for led in Led:
                self._driver.show(led, self._lamps.pattern(led))

    def _changed(self) -> None:
        self._show()
        self._wake.set()  # the next cause to end may be another one now

    def _described(self, led: Led) -> dict[str, object]:
        holding = self._lamps.holding(led)
        return {
            "led": led.value,
            "cause": holding[0].name,
            "meaning": holding[0].meaning,
            "pattern": [
                {"colour": step.colour.value, "duration_ms": step.duration_ms}
                for step in self._lamps.pattern(led)
            ],
            "causes": [cause.name for cause in holding],
        }
