"""The parameters of the ports, as the params daemon keeps them."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from common.bus.connection import Connection
from common.bus.suite import PARAMS
from common.errors import ApplianceError, InvalidValue
from common.params.client import RETRY_INTERVAL_S, ParamsClient
from common.params.kinds import Access

log = logging.getLogger(__name__)


class PortParameters:
    """Writes settings, and publishes what follows from them."""

    def __init__(self, connection: Connection, facts: Callable[[], Mapping[str, str]]) -> None:
        self._connection = connection
        self._params = ParamsClient(connection)
        self._facts = facts
        self._wake = asyncio.Event()

    async def write(self, values: Mapping[str, str], who: str) -> Mapping[str, str]:
        """Write settings on behalf of `who`; returns what was refused.

        The params daemon signals a change before it answers, so the change is in force here when this returns.
        """
        _revision, refused = await self._params.bus.update(
            dict(values), int(Access.ADMIN), who, False
        )
        return refused

    def changed(self) -> None:
        """Publish anew, since settings are others now."""
        self._wake.set()

    async def run(self) -> None:
        """Publish now, whenever something changed and whenever the params daemon comes back, until cancelled."""
        self._connection.watch(PARAMS, self._params_appeared)
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._params.publish(self._facts())
            except InvalidValue as error:
                log.warning("the facts of the ports are refused: %s, ignoring", error)
            except ApplianceError as error:
                log.debug("the facts of the ports cannot be published now: %s", error)
                await asyncio.sleep(RETRY_INTERVAL_S)
                if self._connection.present(PARAMS):
                    self._wake.set()

    def _params_appeared(self, present: bool) -> None:
        if present:
            self._wake.set()
