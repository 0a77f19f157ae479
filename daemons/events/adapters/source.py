"""One daemon as a source of events: its signals, and its states each time it appears."""

import asyncio
import logging
from collections.abc import Callable

from common.bus.connection import Connection
from common.bus.daemon import DaemonInterface
from common.bus.suite import Member
from common.errors import ApplianceError
from common.topics import Event
from daemons.events.states import Happened, States

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.1
LONGEST_RETRY_INTERVAL_S = 2.0


class Source:
    """Listens to one daemon."""

    def __init__(
        self,
        connection: Connection,
        member: Member,
        states: States,
        tell: Callable[[Happened], None],
    ) -> None:
        self._connection = connection
        self._member = member
        self._bus = connection.proxy(DaemonInterface, member)
        self._states = states
        self._tell = tell
        self._ask = asyncio.Event()

    async def run(self) -> None:
        """Take events, and ask for all states whenever the daemon appears or says so; until cancelled."""
        await self._connection.subscribe(DaemonInterface.event, self._member, self._signalled)
        await self._connection.subscribe(
            DaemonInterface.states_changed, self._member, self._ask.set
        )
        self._connection.watch(self._member, self._present)
        while True:
            await self._ask.wait()
            self._ask.clear()
            wait_s = RETRY_INTERVAL_S
            while self._connection.present(self._member) and not await self._asked():
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, LONGEST_RETRY_INTERVAL_S)

    def _present(self, present: bool) -> None:
        if present:
            self._ask.set()

    def _signalled(
        self, topic: str, source: dict[str, str], data: dict[str, str], at: float
    ) -> None:
        happened = self._states.take(self._member.name, Event(topic, source, data), at)
        if happened is not None:
            self._tell(happened)

    async def _asked(self) -> bool:
        """Take all states; a daemon is on the bus some time before it answers."""
        self._states.begin(self._member.name)
        try:
            answer = await self._bus.states()
            events = [Event(*state) for state in answer]
            happened = self._states.complete(self._member.name, events)
        except ApplianceError as error:
            log.debug("%s does not tell its states now: %s", self._member.name, error)
            return False
        for each in happened:
            self._tell(each)
        return True
