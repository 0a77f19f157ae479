"""Event topics: everything that happens on the unit, declared once by the daemon that knows it.

A topic has an ONVIF or Axis name (`tns1:Device/tnsaxis:IO/Port`), source items that say *which* thing the event
is about, and data items that say what happened. A stateful topic (a property, in ONVIF's word) has a current
state for each combination of source values; a stateless one is a pulse.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from common.errors import InvalidValue


class ItemType(Enum):
    """XML schema types of event items, as printed in the `Type` attribute of a declaration."""

    BOOLEAN = "xsd:boolean"
    INT = "xsd:int"
    FLOAT = "xsd:float"
    STRING = "xsd:string"
    REFERENCE = "tt:ReferenceToken"
    """ONVIF's name of a thing: at most 64 characters."""


LEVELS: Mapping[str, str] = {
    "tns1:Device": "Device",
    "tns1:Device/tnsaxis:HardwareFailure": "Hardware Failure",
    "tns1:Device/tnsaxis:IO": "Input ports",
    "tns1:Device/tnsaxis:Impedance": "Speaker impedance",
    "tns1:Device/tnsaxis:Network": "Network",
    "tns1:Device/tnsaxis:Status": "Device sensors",
    "tns1:Device/tnsaxis:Status/Temperature": "Temperature sensors",
    "tns1:Device/tnsaxis:SystemMessage": "System message",
    "tns1:RecordingConfig": "Recording Config",
    "tns1:UserAlarm/tnsaxis:Recurring": "Schedule",
    "tnsaxis:AudioControl": "Audio Control",
    "tnsaxis:Call": "Call",
    "tnsaxis:MediaClip": "Media Clip",
    "tnsaxis:Storage": "Storage",
}
"""What a real unit calls the levels above its topics, and we ours; several daemons share a level. The others have
no name there either.
"""


@dataclass(frozen=True)
class Item:
    """One key of an event, with the words a person sees for it."""

    name: str
    type: ItemType
    nice_name: str
    values: Mapping[str, str] | None = None
    """Known values and their nice names; None when any value of the type may come."""


@dataclass(frozen=True)
class Topic:
    """One kind of event."""

    name: str
    nice_name: str
    source: tuple[Item, ...] = ()
    data: tuple[Item, ...] = ()
    state: str | None = None
    """The data item that holds the state of a stateful topic; None for a stateless one."""
    application_data: bool = False
    """Meant for programs; a page that lets people choose hides it."""
    deprecated: bool = False
    """Another topic tells the same in a newer form."""
    client_event: bool = False
    """About what a client of the unit asked for (`client-event` of a declaration)."""

    def __post_init__(self) -> None:
        if self.state is not None and self.state not in {item.name for item in self.data}:
            raise ValueError(f"{self.name}: state item {self.state!r} is not among the data items")

    @property
    def stateful(self) -> bool:
        """Whether the topic has a current state."""
        return self.state is not None

    def event(
        self, source: Mapping[str, object] | None = None, data: Mapping[str, object] | None = None
    ) -> "Event":
        """Return an event of this topic, with every declared item and no other."""
        return Event(
            self.name,
            _items(self, self.source, source or {}),
            _items(self, self.data, data or {}),
        )


@dataclass(frozen=True)
class Event:
    """Something that happened, or the present state of something. Values are in their XML text form."""

    topic: str
    source: Mapping[str, str]
    data: Mapping[str, str]

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What a stateful topic's state is kept under."""
        return self.topic, tuple(sorted(self.source.items()))


class TopicRegistry:
    """All declared topics, by name."""

    def __init__(self) -> None:
        self._topics: dict[str, Topic] = {}

    def declare(self, topic: Topic) -> Topic:
        """Add a topic; a name can be declared only once."""
        if topic.name in self._topics:
            raise ValueError(f"topic {topic.name} is declared twice")
        self._topics[topic.name] = topic
        return topic

    def get(self, name: str) -> Topic | None:
        """Return the topic of that name, if there is one."""
        return self._topics.get(name)

    def __iter__(self) -> Iterator[Topic]:
        return iter(self._topics.values())


TOPICS = TopicRegistry()


def _items(topic: Topic, declared: tuple[Item, ...], given: Mapping[str, object]) -> dict[str, str]:
    names = {item.name for item in declared}
    if names != given.keys():
        raise InvalidValue(
            f"{topic.name}: expected the items {sorted(names)}, got {sorted(given.keys())}"
        )
    return {item.name: _text(item, given[item.name]) for item in declared}


def _text(item: Item, value: object) -> str:
    if item.type is ItemType.BOOLEAN:
        return "1" if value else "0"
    return str(value)
