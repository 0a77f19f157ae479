"""Which causes hold, and what each lamp therefore shows."""

import math
from collections.abc import Iterable, Mapping

from common.clock import Clock
from common.errors import InvalidValue, NotFound
from daemons.ioports.led_table import ALWAYS, AT_START, BY_NAME, LASTING, NORMAL, TABLE, Cause
from hw.ports import Led, Pattern

LONGEST_S = 24 * 3600.0
GRACE_S = 10.0
"""How long a cause outlives the daemon that raised it: that one has come back and told again by then, or nobody
knows any more whether it holds."""


Holds = Mapping[tuple[str, str | None], float]
"""Until when each cause holds by whose word, by the monotonic clock; None is this daemon itself."""


class Lamps:
    """The causes that hold now; the most urgent one of each lamp is shown."""

    def __init__(
        self, clock: Clock, causes: Iterable[str] = AT_START, kept: Holds | None = None
    ) -> None:
        """`kept` is what held before this daemon died, in place of `causes`: it has to be told again, too."""
        self._clock = clock
        self._holds = _for_ever(*ALWAYS, *causes)
        self._normal = NORMAL.pattern
        if kept is not None:
            self._take_up(kept)

    def raise_(self, name: str, lasting_s: float, by: str | None = None) -> None:
        """Say that a cause holds, for `lasting_s` seconds or, with 0, until the raiser clears it or is gone."""
        _known(name)
        if not 0 <= lasting_s <= LONGEST_S:
            raise InvalidValue(f"a cause can last from 0 to {LONGEST_S:g} s")
        self._holds[name, by] = self._clock.monotonic() + lasting_s if lasting_s else math.inf

    def clear(self, name: str, by: str | None = None) -> None:
        """Say that a cause no longer holds, as far as its raiser knows; one that does not hold is no error.

        What held from the start on ends by anybody's word.
        """
        if _known(name).name in ALWAYS:
            raise InvalidValue(f"'{name}' always holds")
        self._holds.pop((name, by), None)
        if name in AT_START:
            self._holds.pop((name, None), None)

    def gone(self, raiser: str) -> None:
        """Note that a daemon is gone: what it raised ends soon, unless it is raised again."""
        last = self._clock.monotonic() + GRACE_S
        for (name, by), ends in self._holds.items():
            if by == raiser and ends > last:
                self._holds[name, by] = last

    def kept(self) -> Holds:
        """Return what is to be taken up after a death of this daemon: not what only a hand on the button meant."""
        self._expire()
        return {
            (name, by): ends
            for (name, by), ends in self._holds.items()
            if name not in ALWAYS and (by is not None or name in LASTING)
        }

    def set_normal(self, pattern: Pattern) -> None:
        """Choose what the status LED shows in normal operation."""
        self._normal = pattern

    def holding(self, led: Led) -> list[Cause]:
        """Return the causes that hold for a lamp now, the most urgent one first."""
        self._expire()
        held = {name for name, _by in self._holds}
        return [cause for cause in TABLE if cause.led is led and cause.name in held]

    def pattern(self, led: Led) -> Pattern:
        """Return what a lamp shows now."""
        shown = self.holding(led)[0]
        return self._normal if shown is NORMAL else shown.pattern

    def next_end(self) -> float | None:
        """Return in how many seconds the next cause ends by itself, if any does."""
        end = min(self._holds.values())
        return None if end == math.inf else max(0.0, end - self._clock.monotonic())

    def _take_up(self, kept: Holds) -> None:
        last = self._clock.monotonic() + GRACE_S
        taken = {
            (name, by): ends if by is None and name in AT_START else min(ends, last)
            for (name, by), ends in kept.items()
            if name in BY_NAME
        }
        self._holds = _for_ever(*ALWAYS) | taken

    def _expire(self) -> None:
        now = self._clock.monotonic()
        self._holds = {key: ends for key, ends in self._holds.items() if now < ends}


def _for_ever(*names: str) -> dict[tuple[str, str | None], float]:
    return {(name, None): math.inf for name in names}


def _known(name: str) -> Cause:
    if name not in BY_NAME:
        raise NotFound(f"no LED shows '{name[:40]}'; causes are {', '.join(BY_NAME)}")
    return BY_NAME[name]
