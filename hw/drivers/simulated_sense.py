"""Feeling something of the simulated world that is one way or the other: a button, a cable."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from common.bus.connection import Connection
from common.bus.suite import SIM
from common.errors import ApplianceError

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2


class Sense:
    """Hears of it by a signal, and feels for it when the world or the bus comes back."""

    def __init__(
        self, connection: Connection, what: str, ask: Callable[[], Awaitable[bool]], signal: Any
    ) -> None:
        self._connection = connection
        self._what = what
        self._ask = ask
        self._signal = signal
        self._appeared = asyncio.Event()
        connection.watch(SIM, self._world_appeared)

    async def run(self, felt: Callable[[bool], None]) -> None:
        """Call `felt` with how it is: at the start, at each change, and again after a gap, until cancelled."""
        heard = 0

        def signalled(state: bool) -> None:
            nonlocal heard
            heard += 1
            felt(state)

        await self._connection.subscribe(self._signal, SIM, signalled)
        while True:
            await self._appeared.wait()
            self._appeared.clear()
            before = heard
            try:
                state = await self._ask()
            except ApplianceError as error:
                log.debug("the %s cannot be felt now: %s", self._what, error)
                await asyncio.sleep(RETRY_INTERVAL_S)
                if self._connection.present(SIM):
                    self._appeared.set()
                continue
            if heard == before:  # else the signal knows better than an answer given before it
                felt(state)

    def _world_appeared(self, present: bool) -> None:
        if present:
            self._appeared.set()
