"""The events daemon's side of the bus."""

from collections.abc import Mapping

import msgspec

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.events import EventsInterface
from common.topics import Item, Topic
from daemons.events.declarations import Declarations
from daemons.events.schedules.timetable import Timetable
from daemons.events.states import Happened, States


class EventsService(EventsInterface):
    """Unpacks and delegates."""

    def __init__(
        self,
        connection: Connection,
        declarations: Declarations,
        states: States,
        timetable: Timetable,
    ) -> None:
        super().__init__()
        self.connection = connection
        self._declarations = declarations
        self._states = states
        self._timetable = timetable

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return the present states of this daemon's own topics."""
        return [
            (event.topic, dict(event.source), dict(event.data))
            for event in self._timetable.events()
        ]

    @exported
    async def topics(self) -> str:
        """Return every declared topic, with what its source items can be as far as anybody knows now."""
        schedules = self._timetable.names()
        return msgspec.json.encode(
            [
                {
                    "topic": topic.name,
                    "nice_name": topic.nice_name,
                    "owner": self._declarations.owner(topic.name),
                    "source": [
                        _described(item, schedules.get(topic.name) or self._seen(topic, item))
                        for item in topic.source
                    ],
                    "data": [_described(item) for item in topic.data],
                    "state": topic.state,
                    "application_data": topic.application_data,
                    "deprecated": topic.deprecated,
                    "client_event": topic.client_event,
                }
                for topic in self._declarations
            ]
        ).decode()

    @exported
    async def current(self, prefix: str) -> str:
        """Return the present states."""
        return msgspec.json.encode(
            [
                {
                    "topic": state.event.topic,
                    "source": state.event.source,
                    "data": state.event.data,
                    "since": state.since,
                }
                for state in self._states.current(prefix)
            ]
        ).decode()

    def _seen(self, topic: Topic, item: Item) -> Mapping[str, str] | None:
        """Return the values that are known from the present states alone: interfaces, topics of a broker."""
        if item.values is not None or not topic.stateful:
            return item.values
        states = self._states.current(topic.name)
        return {
            value: value
            for value in (
                each.event.source[item.name] for each in states if each.event.topic == topic.name
            )
        } or None

    def tell(self, happened: Happened) -> None:
        """Announce what happened."""
        event = happened.event
        self.happened.emit((event.topic, dict(event.source), dict(event.data), happened.time))


def _described(item: Item, values: Mapping[str, str] | None = None) -> dict[str, object]:
    return {
        "name": item.name,
        "type": item.type.value,
        "nice_name": item.nice_name,
        "values": item.values if values is None else values,
    }
