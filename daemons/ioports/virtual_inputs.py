"""Virtual inputs: inputs without a terminal, which other systems activate over the network (VAPIX page 7.4)."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Final

from common.clock import Clock
from common.errors import InvalidValue, NotFound
from common.topics import Event
from daemons.ioports.topics import HIGHEST_VIRTUAL_INPUT, VIRTUAL_INPUT

LONGEST_S: Final = 366 * 24 * 3600.0

Ends = Mapping[int, float]
"""When each active one ends, by its number and by the monotonic clock; infinity for one that stays."""


class VirtualInputs:
    """Which virtual inputs are active, and until when."""

    def __init__(
        self,
        clock: Clock,
        happened: Callable[[Event], None],
        keep: Callable[[Ends], None] = lambda ends: None,
        kept: Ends | None = None,
    ) -> None:
        """`keep` is given whatever has to outlive this process, `kept` is what it was given last."""
        self._clock = clock
        self._happened = happened
        self._keep = keep
        now = clock.monotonic()
        self._ends = {
            number: end
            for number, end in (kept or {}).items()
            if end > now and 1 <= number <= HIGHEST_VIRTUAL_INPUT
        }
        self._wake = asyncio.Event()

    def set(self, number: int, active: bool, duration_s: float) -> bool:
        """Activate or deactivate one; returns whether that changed anything.

        An activation ends after `duration_s`, at once with 0, and stays with a negative one; the time of one that is
        active starts anew.
        """
        if not 1 <= number <= HIGHEST_VIRTUAL_INPUT:
            raise NotFound(f"virtual inputs are numbered from 1 to {HIGHEST_VIRTUAL_INPUT}")
        if math.isnan(duration_s) or duration_s > LONGEST_S:
            raise InvalidValue(f"a virtual input can be active for at most {LONGEST_S:.0f} s")
        self._expire()
        was_active = number in self._ends
        end = self._clock.monotonic() + duration_s if duration_s >= 0 else math.inf
        lasts = active and duration_s != 0
        self._replace(self._without(number) | ({number: end} if lasts else {}))
        if active and not was_active:
            self._happened(_event(number, True))
        if not lasts and (was_active or active):
            self._happened(_event(number, False))
        self._wake.set()
        return was_active != active

    def active(self) -> list[bool]:
        """Return which are active, the first one first."""
        self._expire()
        return [number in self._ends for number in range(1, HIGHEST_VIRTUAL_INPUT + 1)]

    def events(self) -> list[Event]:
        """Return how each of them is, as the event topic says it."""
        return [_event(number, active) for number, active in enumerate(self.active(), start=1)]

    async def run(self) -> None:
        """End each when its time is over, until cancelled."""
        while True:
            self._expire()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._next_end_s()):
                    await self._wake.wait()
            self._wake.clear()

    def _next_end_s(self) -> float | None:
        end = min(self._ends.values(), default=math.inf)
        return None if end == math.inf else max(0.0, end - self._clock.monotonic())

    def _expire(self) -> None:
        now = self._clock.monotonic()
        over = sorted((end, number) for number, end in self._ends.items() if end <= now)
        for _end, number in over:
            self._replace(self._without(number))
            self._happened(_event(number, False))

    def _without(self, number: int) -> dict[int, float]:
        return {each: end for each, end in self._ends.items() if each != number}

    def _replace(self, ends: dict[int, float]) -> None:
        if ends != self._ends:
            self._keep(ends)
            self._ends = ends


def _event(number: int, active: bool) -> Event:
    return VIRTUAL_INPUT.event({"port": number}, {"active": active})
