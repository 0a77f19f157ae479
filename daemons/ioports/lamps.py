"""Which causes hold, and what each lamp therefore shows."""

from collections.abc import Iterable

from common.clock import Clock
from common.errors import InvalidValue, NotFound
from daemons.ioports.led_table import ALWAYS, AT_START, BY_NAME, NORMAL, TABLE, Cause
from hw.ports import Led, Pattern

LONGEST_S = 24 * 3600.0


class Lamps:
    """The causes that hold now; the most urgent one of each lamp is shown."""

    def __init__(self, clock: Clock, causes: Iterable[str] = AT_START) -> None:
        self._clock = clock
        self._ends: dict[str, float] = dict.fromkeys((*ALWAYS, *causes), float("inf"))
        self._normal = NORMAL.pattern

    def raise_(self, name: str, lasting_s: float) -> None:
        """Say that a cause holds, for `lasting_s` seconds or, with 0, until cleared."""
        _known(name)
        if not 0 <= lasting_s <= LONGEST_S:
            raise InvalidValue(f"a cause can last from 0 to {LONGEST_S:g} s")
        self._ends[name] = self._clock.monotonic() + lasting_s if lasting_s else float("inf")

    def clear(self, name: str) -> None:
        """Say that a cause no longer holds; one that does not hold is no error."""
        if _known(name).name in ALWAYS:
            raise InvalidValue(f"'{name}' always holds")
        self._ends.pop(name, None)

    def set_normal(self, pattern: Pattern) -> None:
        """Choose what the status LED shows in normal operation."""
        self._normal = pattern

    def holding(self, led: Led) -> list[Cause]:
        """Return the causes that hold for a lamp now, the most urgent one first."""
        self._expire()
        return [cause for cause in TABLE if cause.led is led and cause.name in self._ends]

    def pattern(self, led: Led) -> Pattern:
        """Return what a lamp shows now."""
        shown = self.holding(led)[0]
        return self._normal if shown is NORMAL else shown.pattern

    def next_end(self) -> float | None:
        """Return in how many seconds the next cause ends by itself, if any does."""
        ends = [end for end in self._ends.values() if end != float("inf")]
        return max(0.0, min(ends) - self._clock.monotonic()) if ends else None

    def _expire(self) -> None:
        now = self._clock.monotonic()
        self._ends = {name: end for name, end in self._ends.items() if now < end}


def _known(name: str) -> Cause:
    if name not in BY_NAME:
        raise NotFound(f"no LED shows '{name[:40]}'; causes are {', '.join(BY_NAME)}")
    return BY_NAME[name]
