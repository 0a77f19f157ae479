"""The amplifier of the simulated unit: a thin client of the simulated world."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Final

import msgspec

from common.bus.connection import Connection
from common.bus.sim import SimInterface
from common.bus.suite import SIM
from common.errors import ApplianceError, Unavailable
from hw.ports import Protection, Sensed

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2
_sensed = msgspec.json.Decoder(Sensed)


class SimulatedAmplifier:
    """Senses and resets by calls; hears of trips by a signal, and asks when the world or the bus comes back."""

    full_scale_v: Final = 15.5

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sim = connection.proxy(SimInterface, SIM)
        self._appeared = asyncio.Event()
        connection.watch(SIM, self._world_appeared)

    def hear(self, open_tap: Callable[[], socket.socket]) -> None:
        """Need nothing of it: the world knows the voltage."""

    async def run(self, changed: Callable[[Protection], None]) -> None:
        """Call `changed` with what the protection does: at the start and at each change, until cancelled."""
        heard = 0

        def signalled(protection: str) -> None:
            nonlocal heard
            heard += 1
            changed(Protection(protection))

        await self._connection.subscribe(SimInterface.protection, SIM, signalled)
        while True:
            await self._appeared.wait()
            self._appeared.clear()
            before = heard
            try:
                protection = await self._sim.amplifier_protection()
            except ApplianceError as error:
                log.debug("the amplifier cannot be asked now: %s", error)
                await asyncio.sleep(RETRY_INTERVAL_S)
                if self._connection.present(SIM):
                    self._appeared.set()
                continue
            if heard == before:  # else the signal knows better than an answer given before it
                changed(Protection(protection))

    async def sense(self, window_s: float) -> Sensed:
        """Measure over the last `window_s`."""
        answer = await self._sim.sense_amplifier(window_s)
        try:
            return _sensed.decode(answer)
        except msgspec.DecodeError as error:
            raise Unavailable(f"the amplifier measures what makes no sense: {error}") from None

    async def reset(self) -> None:
        """Try again after a trip."""
        await self._sim.reset_amplifier()

    def _world_appeared(self, present: bool) -> None:
        if present:
            self._appeared.set()
