"""Asking the daemons that check changes of what they own."""

import asyncio
from collections.abc import Mapping

from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.http import HttpInterface
from common.bus.suite import AUDIO, HTTP
from common.errors import Unavailable

ANSWER_TIMEOUT_S = 2.0


class BusOwners:
    """The owners that check, over the bus."""

    def __init__(self, connection: Connection) -> None:
        self._owners: dict[str, HttpInterface | AudioInterface] = {
            HTTP.name: connection.proxy(HttpInterface, HTTP),
            AUDIO.name: connection.proxy(AudioInterface, AUDIO),
        }

    async def veto(self, owner: str, changes: Mapping[str, str]) -> dict[str, str]:
        """Return what `owner` refuses, with the reason; Unavailable when it does not answer in time."""
        asked = self._owners.get(owner)
        if asked is None:
            raise Unavailable(f"{owner} checks no parameters")
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await asked.check_parameters(dict(changes))
        except TimeoutError:
            raise Unavailable(f"{owner} did not answer within {ANSWER_TIMEOUT_S:g} s") from None
