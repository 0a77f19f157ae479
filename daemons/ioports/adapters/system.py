"""The system daemon, as far as the control button needs it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from common.bus.connection import Connection
from common.bus.suite import SYSTEM
from common.bus.system import SystemInterface
from common.errors import ApplianceError, Unavailable
from common.params.kinds import Reset

log = logging.getLogger(__name__)

WHO = "control button"
RETRY_INTERVAL_S = 0.5
PATIENCE_S = 120.0
"""So soon after power-up the system daemon may still be on its way."""


class FactoryDefault:
    """Resets the unit to factory default settings."""

    def __init__(self, connection: Connection, resetting: Callable[[bool], None]) -> None:
        """`resetting` is told when it begins, and when nothing comes of it."""
        self._system = connection.proxy(SystemInterface, SYSTEM)
        self._resetting = resetting

    def start(self) -> Coroutine[None, None, bool]:
        """Say that the unit is being reset, and return what has it reset."""
        self._resetting(True)
        return self._reset()

    async def _reset(self) -> bool:
        """Return whether it began; where it cannot be, the log says why."""
        log.info("the control button was held since power-up: the unit is reset")
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await self._began():
                    await asyncio.sleep(RETRY_INTERVAL_S)
        except TimeoutError:
            log.error("the unit is not reset: the system daemon is away")
        except ApplianceError as error:
            log.error("the unit is not reset: %s", error)
        else:
            return True
        self._resetting(False)
        return False

    async def _began(self) -> bool:
        try:
            await self._system.reset(Reset.FACTORY_DEFAULT.value, WHO)
        except Unavailable as error:
            log.debug("the unit cannot be reset now: %s", error)
            return False
        return True
