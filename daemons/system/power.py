"""Restart, restore and factory default: in which order what happens."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence

from common import journal
from common.errors import ApplianceError, Conflict, InvalidValue, NotSupported
from common.params.kinds import Reset
from daemons.system.ports import Lamps, Restarter

log = logging.getLogger(__name__)

GRACE_S = 0.5
"""Between the answer and going down: time for the answer to reach a browser."""
RESET_CAUSE = "reset"
LEVELS = (Reset.RESTORE.value, Reset.FACTORY_DEFAULT.value)


class Power:
    """Takes the unit down, once."""

    def __init__(
        self,
        restarters: Sequence[Restarter],
        lamps: Lamps,
        reset_parameters: Callable[[str, str], Awaitable[None]],
        begin: Callable[[Callable[[], Coroutine[None, None, None]]], None],
    ) -> None:
        self._restarters = restarters
        self._lamps = lamps
        self._reset_parameters = reset_parameters
        self._begin = begin
        self._going_down = False
        self._held_for = ""

    async def able(self) -> bool:
        """Whether anything here can restart the unit."""
        for restarter in self._restarters:
            if await restarter.available():
                return True
        return False

    def hold(self, why: str) -> None:
        """Refuse restarts and resets for as long as `why` holds; an empty text ends that."""
        self._held_for = why

    @property
    def going_down(self) -> bool:
        """Whether a restart was promised."""
        return self._going_down

    async def restart(self, who: str) -> None:
        """Restart the unit; returns before that happens."""
        restarter = await self._claim()
        log.info("restart, asked for by '%s'", who[:100], extra=journal.RESTART)
        self._begin(lambda: self._go_down(restarter))

    async def reset(self, level: str, who: str) -> None:
        """Clear what `level` covers, then restart; returns before the restart."""
        if level not in LEVELS:
            raise InvalidValue(f"a reset is one of {', '.join(LEVELS)}, not '{level[:40]}'")
        restarter = (
            await self._claim()
        )  # first: a unit that is cleared but runs on would be neither
        log.info("%s, asked for by '%s'", level, who[:100], extra=journal.RESET)
        self._lamps.hold(RESET_CAUSE)
        try:
            await self._reset_parameters(level, who)
        except BaseException:
            self._lamps.drop(RESET_CAUSE)
            self._going_down = False
            raise
        self._begin(lambda: self._go_down(restarter))

    async def _claim(self) -> Restarter:
        if self._going_down:
            raise Conflict("the unit is restarting already")
        if self._held_for:
            raise Conflict(self._held_for)
        for restarter in self._restarters:
            if await restarter.available():
                break
        else:
            raise NotSupported(
                "nothing here can restart the unit: it runs neither under systemd nor by `make run`"
            )
        if self._going_down:
            raise Conflict("the unit is restarting already")
        self._going_down = True
        return restarter

    async def _go_down(self, restarter: Restarter) -> None:
        await asyncio.sleep(GRACE_S)
        try:
            await restarter.restart()
        except ApplianceError:
            log.exception("the restart failed, running on")
            self._lamps.drop(RESET_CAUSE)
            self._going_down = False
