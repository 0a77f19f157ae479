"""The manual trigger: a state without a terminal, for people who start something by a button on a page or a phone."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from common.clock import Clock
from common.errors import InvalidValue
from common.topics import Event
from daemons.ioports.topics import VIRTUAL_PORT

MOST_STEPS: Final = 1000
LONGEST_STEP_MS: Final = 65535
_STATES: Final = ("active", "inactive")


class Standing(NamedTuple):
    """What has to outlive this process."""

    active: bool = False
    until: float = 0.0
    """Until when the present step is held, by the monotonic clock."""
    steps: Sequence[tuple[str, int]] = ()
    """Those that follow it."""


class ManualTrigger:
    """Whether the trigger is active; a sequence of states takes it further in time."""

    def __init__(
        self,
        clock: Clock,
        happened: Callable[[Event], None],
        keep: Callable[[Standing], None] = lambda standing: None,
        kept: Standing | None = None,
    ) -> None:
        """`keep` is given whatever has to outlive this process, `kept` is what it was given last."""
        self._clock = clock
        self._happened = happened
        self._keep = keep
        self.active, self._until, steps = kept or Standing()
        self._steps = list(steps)
        self._wake = asyncio.Event()

    def start(self, steps: Sequence[tuple[str, int]]) -> None:
        """Take the first of some steps (`active` or `inactive`, ms to hold it) now; a sequence that runs is over."""
        _check(steps)
        self._steps = list(steps)
        self._until = self._clock.monotonic()
        self._step()
        self._wake.set()

    def event(self) -> Event:
        """Return how the trigger is, as the event topic says it."""
        return VIRTUAL_PORT.event({"port": 1}, {"state": self.active})

    async def run(self) -> None:
        """Take the other steps in time, until cancelled."""
        while True:
            rest_s = max(0.0, self._until - self._clock.monotonic()) if self._steps else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._wake.wait()
            self._wake.clear()
            if self._steps and self._clock.monotonic() >= self._until:
                self._step()

    def _step(self) -> None:
        state, hold_ms = self._steps.pop(0)
        self._until += hold_ms / 1000
        changed = self.active != (state == "active")
        self.active = state == "active"
        self._keep(Standing(self.active, self._until, self._steps))
        if changed:
            self._happened(self.event())


def _check(steps: Sequence[tuple[str, int]]) -> None:
    if not 1 <= len(steps) <= MOST_STEPS:
        raise InvalidValue(f"a sequence has from 1 to {MOST_STEPS} steps")
    for state, hold_ms in steps:
        if state not in _STATES:
            raise InvalidValue(f"a step is active or inactive, not '{state[:20]}'")
        if not 0 <= hold_ms <= LONGEST_STEP_MS:
            raise InvalidValue(f"a step is held for 0 to {LONGEST_STEP_MS} ms")
