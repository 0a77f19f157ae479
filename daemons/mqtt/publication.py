"""Events become messages (M-MQT-15 to 21)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from common.mqtt import Publication
from common.topic_filters import TopicFilter, friendly_topic
from daemons.mqtt.names import below
from daemons.mqtt.plan import Message
from daemons.mqtt.topics import DEVICE_PREFIX, MESSAGES, MQTT_TOPIC


@dataclass(frozen=True)
class Told:
    """An event as the events daemon tells it, or a state with the time since when it is so."""

    topic: str
    source: Mapping[str, str]
    data: Mapping[str, str]
    time: float


@dataclass(frozen=True)
class _Way:
    """How one filter publishes the events of one topic."""

    topic: str
    qos: int
    retain: bool


class Publisher:
    """Knows which events are published, and as what."""

    def __init__(self, stateful: Callable[[str], bool]) -> None:
        """`stateful` says whether the topic of an event has a state."""
        self._stateful = stateful
        self._publication = Publication()
        self._filters: tuple[TopicFilter, ...] = ()
        self._serial_number = ""
        self._device_prefix = ""
        self._base = ""
        self._ways: dict[str, tuple[_Way, ...]] = {}
        """By the event's topic; made at its first event."""

    def configure(self, publication: Publication, device_prefix: str, serial_number: str) -> None:
        """Publish like this from now on."""
        self._publication = publication
        self._filters = tuple(
            TopicFilter.parse(each.topic_filter) for each in publication.event_filter_list
        )
        self._serial_number = serial_number
        self._device_prefix = device_prefix
        self._base = (
            publication.custom_topic_prefix
            if publication.topic_prefix == "custom"
            else below(device_prefix, "event")
        )
        self._ways.clear()

    def declared_anew(self) -> None:
        """Other topics are known now."""
        self._ways.clear()

    def messages(self, told: Told) -> list[Message]:
        """Return the messages of an event: one for each filter that it matches."""
        ways = self._ways_of(told.topic)
        if not ways or self._is_echo(told):
            return []
        payload = self._payload(told)
        return [Message(way.topic, payload, way.qos, way.retain) for way in ways]

    def retained(self, states: Iterable[Told]) -> list[Message]:
        """Return what a broker has to keep for those who come later: the states of filters that retain.

        It is told at each connection, for the states may have changed while there was none. A filter that retains
        nothing tells of changes only, as its receivers take every message for one.
        """
        found = []
        for told in states:
            ways = [way for way in self._ways_of(told.topic) if way.retain]
            if ways and not self._is_echo(told):
                payload = self._payload(told)
                found += [Message(way.topic, payload, way.qos, True) for way in ways]
        return found

    def _ways_of(self, topic: str) -> tuple[_Way, ...]:
        known = self._ways.get(topic)
        if known is None:
            known = self._ways[topic] = tuple(self._make_ways(topic))
        return known

    def _make_ways(self, topic: str) -> Iterable[_Way]:
        publication = self._publication
        name = self._base
        if publication.append_event_topic:
            name = below(
                name, friendly_topic(topic, namespaces=publication.include_topic_namespaces)
            )
        for filter_, settings in zip(self._filters, publication.event_filter_list, strict=True):
            if filter_.matches(topic):
                retain = settings.retain == "all" or (
                    settings.retain == "property" and self._stateful(topic)
                )
                yield _Way(name, settings.qos, retain)

    def _is_echo(self, told: Told) -> bool:
        """Whether this is about a message that is one of our own publications, which would go round for ever."""
        if not told.topic.startswith(MESSAGES):
            return False
        topic = told.source.get(MQTT_TOPIC, "")
        if told.source.get(DEVICE_PREFIX) == "1":
            topic = below(self._device_prefix, topic)
        return topic == self._base or topic.startswith(self._base + "/")

    def _payload(self, told: Told) -> bytes:
        content: dict[str, object] = {
            "timestamp": round(told.time * 1000),
            "topic": friendly_topic(told.topic),
        }
        if self._publication.include_serial_number_in_payload:
            content["serial"] = self._serial_number
        content["message"] = {"source": told.source, "key": {}, "data": told.data}
        return msgspec.json.encode(content)
