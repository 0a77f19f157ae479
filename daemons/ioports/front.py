"""The front of the unit: brings what the lamps should show to the driver, and shows it to whoever asks."""

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from common.topics import Event
from daemons.ioports.front_panel import described_pattern
from daemons.ioports.gesture_table import POWER_UP_SHOW
from daemons.ioports.lamps import Holds, Lamps
from daemons.ioports.topics import LED
from hw.ports import Led, LedDriver, Pattern


class Front:
    """The lamps of this board; none on a board without LEDs, where causes are noted all the same."""

    def __init__(
        self,
        lamps: Lamps,
        driver: LedDriver | None,
        changed: Callable[[Event], None] = lambda event: None,
        keep: Callable[[Holds], None] = lambda holds: None,
    ) -> None:
        self._lamps = lamps
        self._driver = driver
        self._announce = changed
        self._keep = keep
        self._told = {led: lamps.holding(led)[0].name for led in Led}
        self._wake = asyncio.Event()
        self._show()

    def raise_(self, cause: str, lasting_s: float, by: str | None = None) -> None:
        """Say that a cause holds, for `lasting_s` seconds or, with 0, until the daemon `by` clears it or is gone."""
        self._lamps.raise_(cause, lasting_s, by)
        self._changed()

    def clear(self, cause: str, by: str | None = None) -> None:
        """Say that a cause no longer holds, as far as the daemon `by` knows."""
        self._lamps.clear(cause, by)
        self._changed()

    @property
    def has_leds(self) -> bool:
        """Whether this board has any."""
        return self._driver is not None

    def show_hold(self, cause: str | None) -> None:
        """Show one cause of a hold since power-up, or with None that there is none."""
        if cause is not None:
            self._lamps.raise_(cause, 0)
        for _begins_s, other in POWER_UP_SHOW:
            if other != cause:
                self._lamps.clear(other)
        self._changed()

    def holds(self, cause: str) -> bool:
        """Whether a cause holds now, shown or not."""
        return any(cause == each.name for led in Led for each in self._lamps.holding(led))

    def seen(self, daemon: str, there: bool) -> None:
        """Note that a daemon came or went, which may have raised causes."""
        if not there:
            self._lamps.gone(daemon)
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

    def events(self) -> list[Event]:
        """Return what each LED shows, as the event topic says it; nothing on a board without LEDs."""
        if self._driver is None:
            return []
        return [self._event(led) for led in Led]

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
        if self._driver is None:
            return
        for led in Led:
            self._driver.show(led, self._lamps.pattern(led))
            shown = self._lamps.holding(led)[0].name
            if self._told[led] != shown:
                self._told[led] = shown
                self._announce(self._event(led))

    def _changed(self) -> None:
        self._keep(self._lamps.kept())
        self._show()
        self._wake.set()  # the next cause to end may be another one now

    def _event(self, led: Led) -> Event:
        shown = self._lamps.holding(led)[0]
        return LED.event(source={"led": led.value}, data={"cause": shown.name})

    def _described(self, led: Led) -> dict[str, object]:
        holding = self._lamps.holding(led)
        return {
            "led": led.value,
            "cause": holding[0].name,
            "meaning": holding[0].meaning,
            "pattern": described_pattern(self._lamps.pattern(led)),
            "causes": [cause.name for cause in holding],
        }
