"""One-click cloud connection, as far as the control button goes: the wish is told, and whoever connects answers."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

CAUSE: Final = "cloud_connecting"
ANSWER_S: Final = 3.0
_LOOK_S: Final = 0.1


class CloudConnect:
    """Somebody pressed the button; nobody claims that the unit connects but who does it."""

    def __init__(self, tell: Callable[[], None], connecting: Callable[[], bool]) -> None:
        self._tell = tell
        self._connecting = connecting

    async def ask(self, answer_s: float = ANSWER_S) -> bool:
        """Tell of the wish; returns whether somebody raised the cause in answer. If nobody does, the log says so."""
        self._tell()
        try:
            async with asyncio.timeout(answer_s):
                while not self._connecting():
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            log.warning(
                "the control button was pressed, but one-click cloud connection is not available on this unit"
            )
            return False
        log.info("the control button was pressed: the unit connects to the cloud service")
        return True
