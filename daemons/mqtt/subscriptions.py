"""Messages become events (M-MQT-22 to 24)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from common.mqtt import MqttFilter, Subscriptions
from common.topics import Event
from daemons.mqtt.names import below, matches
from daemons.mqtt.topics import DEVICE_PREFIX, MQTT_PAYLOAD, MQTT_TOPIC, STATEFUL, STATELESS

LONGEST_VALUE = 1024
"""As long as an item of an event can be."""
MOST_KNOWN = 512
"""Topics of messages whose way is kept in mind."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
"""What an event cannot hold: it is told in XML to some, and over the bus to all."""


@dataclass(frozen=True)
class _Meaning:
    """What messages on a topic are to somebody who subscribed."""

    stateful: bool
    prefixed: bool
    topic: str
    """Without the device's prefix where that is meant by the filter, so that a rule holds on another unit, too."""


StateKey = tuple[bool, str]


class Subscriber:
    """Knows what received messages mean, and which states they have left."""

    def __init__(self) -> None:
        self._filters: tuple[MqttFilter, ...] = ()
        self._prefix = ""
        self._known: dict[str, tuple[_Meaning, ...]] = {}
        self._states: dict[StateKey, str] = {}

    def configure(self, subscriptions: Subscriptions, device_prefix: str) -> bool:
        """Understand messages like this from now on; returns whether states are gone."""
        self._filters, self._prefix = subscriptions.mqtt_filter_list, device_prefix
        self._known.clear()
        kept = {
            (each.use_device_topic_prefix, each.topic_filter)
            for each in self._filters
            if each.is_state_data
        }
        gone = self._states.keys() - kept
        for key in gone:
            del self._states[key]
        return bool(gone)

    def forget(self) -> bool:
        """No state is known any more; returns whether there was any."""
        had = bool(self._states)
        self._states.clear()
        return had

    def wanted(self) -> dict[str, int]:
        """Return what to subscribe to, with the highest QoS that somebody asks for."""
        found: dict[str, int] = {}
        for each in self._filters:
            filter_ = self._whole(each)
            found[filter_] = max(each.qos, found.get(filter_, 0))
        return found

    def events(self, topic: str, payload: bytes) -> list[Event] | None:
        """Return what a message means; None when nothing that an event could hold."""
        meanings = self._meanings(topic)
        if not meanings or len(topic) > LONGEST_VALUE or _NOT_XML.search(topic):
            return None
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            return None
        if len(text) > LONGEST_VALUE or _NOT_XML.search(text):
            return None
        return [self._event(meaning, text) for meaning in meanings]

    def states(self) -> list[Event]:
        """Return what the stateful subscriptions have heard last."""
        return [
            _told(True, prefixed, topic, text) for (prefixed, topic), text in self._states.items()
        ]

    def _event(self, meaning: _Meaning, text: str) -> Event:
        if meaning.stateful:
            self._states[meaning.prefixed, meaning.topic] = text
        return _told(meaning.stateful, meaning.prefixed, meaning.topic, text)

    def _whole(self, each: MqttFilter) -> str:
        return (
            below(self._prefix, each.topic_filter)
            if each.use_device_topic_prefix
            else each.topic_filter
        )

    def _meanings(self, topic: str) -> tuple[_Meaning, ...]:
        known = self._known.get(topic)
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            known = tuple(dict.fromkeys(self._find(topic)))
            self._known[topic] = known
        return known

    def _find(self, topic: str) -> Iterator[_Meaning]:
        for each in self._filters:
            if matches(self._whole(each), topic):
                prefixed = each.use_device_topic_prefix
                own = topic.removeprefix(f"{self._prefix}/") if prefixed else topic
                yield _Meaning(each.is_state_data, prefixed, own)


def changes(before: dict[str, int], after: dict[str, int]) -> tuple[dict[str, int], list[str]]:
    """Return what to subscribe to anew and what no more, from one set of filters to the next."""
    anew = {name: qos for name, qos in after.items() if before.get(name) != qos}
    return anew, sorted(before.keys() - after.keys())


def _told(stateful: bool, prefixed: bool, topic: str, text: str) -> Event:
    return (STATEFUL if stateful else STATELESS).event(
        {DEVICE_PREFIX: prefixed, MQTT_TOPIC: topic}, {MQTT_PAYLOAD: text}
    )
