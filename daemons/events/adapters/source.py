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
        told_all: Callable[[list[Happened]], None],
    ) -> None:
        """`tell` gets what happens by itself; `told_all` what is new among all states at once, be it nothing."""
        self._connection = connection
        self.member = member
        self._bus = connection.proxy(DaemonInterface, member)
        self._states = states
        self._tell = tell
        self._told_all = told_all
        self._ask = asyncio.Event()
        self.answered = asyncio.Event()
        """Set once the daemon has told its states."""

    async def run(self) -> None:
        """Take events, and ask for all states whenever the daemon appears or says so; until cancelled."""
        await self._connection.subscribe(DaemonInterface.event, self.member, self._signalled)
        await self._connection.subscribe(DaemonInterface.states_changed, self.member, self._ask.set)
        self._connection.watch(self.member, self._present)
        while True:
            await self._ask.wait()
            self._ask.clear()
            wait_s = RETRY_INTERVAL_S
            while self._connection.present(self.member) and not await self._asked():
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, LONGEST_RETRY_INTERVAL_S)

    def _present(self, present: bool) -> None:
        if present:
            self._ask.set()

    def _signalled(
        self, topic: str, source: dict[str, str], data: dict[str, str], at: float
    ) -> None:
        happened = self._states.take(self.member.name, Event(topic, source, data), at)
        if happened is not None:
            self._tell(happened)

    async def _asked(self) -> bool:
        """Take all states; a daemon is on the bus some time before it answers."""
        self._states.begin(self.member.name)
        try:
            answer = await self._bus.states()
            events = [Event(*state) for state in answer]
            happened = self._states.complete(self.member.name, events)
        except ApplianceError as error:
            log.debug("%s does not tell its states now: %s", self.member.name, error)
            return False
        self._told_all(happened)
        self.answered.set()
        return True
