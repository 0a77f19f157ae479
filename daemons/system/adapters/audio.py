"""The audio daemon, as far as this daemon needs it."""

import json
import logging

from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.suite import AUDIO
from common.errors import ApplianceError

log = logging.getLogger(__name__)


class AudioDaemon:
    """Makes the locate sound, and says how the engine runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._bus = connection.proxy(AudioInterface, AUDIO)

    async def locate(self, duration_s: float) -> None:
        """Sound for that long; 0 stops."""
        await self._bus.locate(duration_s)

    async def realtime(self) -> bool:
        """Whether the engine runs at real-time priority; no when there is none to ask."""
        if not self._connection.present(AUDIO):
            return False
        try:
            return bool(json.loads(await self._bus.status()).get("realtime", False))
        except ApplianceError as error:
            log.debug("the audio engine does not say how it runs: %s", error)
            return False
