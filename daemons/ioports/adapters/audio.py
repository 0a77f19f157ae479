"""The audio daemon, as far as the control button needs it."""

import logging

from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.suite import AUDIO
from common.errors import ApplianceError

log = logging.getLogger(__name__)


class ImpedanceTest:
    """Starts the test of the load."""

    def __init__(self, connection: Connection) -> None:
        self._audio = connection.proxy(AudioInterface, AUDIO)

    async def start(self) -> None:
        """Start it; where that cannot be, the log says why: a button has no other answer."""
        try:
            await self._audio.start_impedance_test()
        except ApplianceError as error:
            log.warning("the control button was held, but the load is not tested: %s", error)
        else:
            log.info("the control button was held: the load is tested")
