"""Locate device: the unit makes itself seen and heard, so that a person finds it."""

import logging

from common.clock import Clock
from common.errors import ApplianceError, Conflict, InvalidValue
from daemons.system.ports import Lamps, Sounder

log = logging.getLogger(__name__)

CAUSE = "locate"
LONGEST_S = 3600.0


class Locator:
    """One person at a time can have the unit located."""

    def __init__(self, clock: Clock, lamps: Lamps, sounder: Sounder) -> None:
        self._clock = clock
        self._lamps = lamps
        self._sounder = sounder
        self._until = float("-inf")

    @property
    def busy(self) -> bool:
        """Whether the unit is being located now."""
        return self._clock.monotonic() < self._until

    async def locate(self, duration_s: float) -> None:
        """Flash and sound for `duration_s`; 0 stops."""
        if not 0 <= duration_s <= LONGEST_S:
            raise InvalidValue(f"the duration must be from 0 to {LONGEST_S:g} s")
        if duration_s == 0:
            self._until = float("-inf")
            self._lamps.drop(CAUSE)
        elif self.busy:
            raise Conflict("the unit is being located already")
        else:
            self._until = self._clock.monotonic() + duration_s
            self._lamps.hold(CAUSE, duration_s)
        try:
            await self._sounder.locate(duration_s)
        except ApplianceError as error:
            log.warning("no sound for locating: %s, flashing only", error)
