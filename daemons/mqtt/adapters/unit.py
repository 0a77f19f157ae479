"""The rest of the unit: what happens, how it is, and who is told of received messages."""

import asyncio
import logging

import msgspec

from common.bus.connection import Connection, Export
from common.bus.events import EventsInterface
from common.bus.suite import EVENTS
from common.errors import ApplianceError
from common.topics import Event
from daemons.mqtt.publication import Told
from daemons.mqtt.service import MqttService

log = logging.getLogger(__name__)

RETRY_INTERVAL_S = 0.2
NOBODY_HEARS_S = 0.5
NO_TOPIC = "-"
"""No topic begins so: asking for its states costs nothing, and the answer comes after everything sent before."""


class _Declared(msgspec.Struct):
    topic: str
    state: str | None


_TOPICS = msgspec.json.Decoder(list[_Declared])


class _State(msgspec.Struct):
    topic: str
    source: dict[str, str]
    data: dict[str, str]
    since: float


_STATES = msgspec.json.Decoder(list[_State])


class Suite:
    """Fulfils `Ears`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._events = connection.proxy(EventsInterface, EVENTS)
        self.export: Export[MqttService] | None = None

    def tell(self, event: Event) -> None:
        """Send an event."""
        if self.export is not None and self.export.current is not None:
            self.export.current.announce(event)

    def states_changed(self) -> None:
        """Say that states are gone."""
        if self.export is not None and self.export.current is not None:
            self.export.current.states_changed.emit(None)

    async def heard(self) -> None:
        """Return when everything told so far was heard, or nobody is there."""
        try:
            await self._events.current(NO_TOPIC)
        except ApplianceError as error:
            log.debug("events are not heard now: %s", error)
            await asyncio.sleep(NOBODY_HEARS_S)  # a message is for the rules of its moment

    async def states(self) -> list[Told]:
        """Return the present states of the unit; none while nobody knows them."""
        try:
            answer = await self._events.current("")
        except ApplianceError as error:
            log.debug("the states are not known now: %s", error)
            return []
        return [
            Told(state.topic, state.source, state.data, state.since)
            for state in _STATES.decode(answer)
        ]

    async def topics(self) -> dict[str, bool]:
        """Return every topic there is, with whether it has a state; asks until there is an answer."""
        while True:
            try:
                answer = await self._events.topics()
            except ApplianceError:
                await asyncio.sleep(RETRY_INTERVAL_S)
            else:
                return {each.topic: each.state is not None for each in _TOPICS.decode(answer)}
