"""The declared topics as a tree of XML elements, as GetEventInstances prints it (VAPIX events page 3.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from common.topic_filters import topic_levels, topic_text
from common.topics import LEVELS
from daemons.http.soap import writer


class DeclaredItem(msgspec.Struct, frozen=True):
    """A key of an event, as the events daemon tells it."""

    name: str
    type: str
    nice_name: str
    values: Mapping[str, str] | None = None


class DeclaredTopic(msgspec.Struct, frozen=True):
    """A topic, as the events daemon tells it."""

    topic: str
    nice_name: str
    source: tuple[DeclaredItem, ...] = ()
    data: tuple[DeclaredItem, ...] = ()
    state: str | None = None
    application_data: bool = False
    deprecated: bool = False
    client_event: bool = False


_TOPICS: msgspec.json.Decoder[list[DeclaredTopic]] = msgspec.json.Decoder(list[DeclaredTopic])


def topics_of(answer: str) -> list[DeclaredTopic]:
    """Read the answer of the events daemon."""
    return _TOPICS.decode(answer)


@dataclass
class _Node:
    """A level of topics; it can be a topic and have others below it."""

    topic: DeclaredTopic | None = None
    below: dict[str, "_Node"] = field(default_factory=dict)
    """Name, with a prefix where the namespace is not that of the level above -> level."""


def topic_tree(topics: Sequence[DeclaredTopic]) -> str:
    """Return what a TopicSet holds."""
    top = _Node()
    for topic in topics:
        node = top
        for name in topic_text(topic_levels(topic.topic)).split("/"):
            node = node.below.setdefault(name, _Node())
        node.topic = topic
    return _levels(top, "")


def _levels(node: _Node, above: str) -> str:
    return "".join(_level(name, f"{above}{name}", level) for name, level in node.below.items())


def _level(name: str, path: str, node: _Node) -> str:
    topic = node.topic
    if topic is None:
        nice_name = LEVELS.get(path)
        named = {} if nice_name is None else {"aev:NiceName": nice_name}
        return writer.element(name, _levels(node, f"{path}/"), attributes=named)
    told = {
        "wstop:topic": "true",
        **_flags(topic),
        "aev:NiceName": topic.nice_name,
    }
    return writer.element(name, _message(topic), _levels(node, f"{path}/"), attributes=told)


def _flags(topic: DeclaredTopic) -> dict[str, str]:
    """Return what a topic is besides; these attributes were recorded without a prefix."""
    flags: dict[str, Any] = {
        "isApplicationData": topic.application_data,
        "isDeprecated": topic.deprecated,
        "client-event": topic.client_event,
    }
    return {name: "true" for name, holds in flags.items() if holds}


def _message(topic: DeclaredTopic) -> str:
    parts = []
    if topic.source:
        parts.append(writer.element("aev:SourceInstance", *map(_item, topic.source)))
    if topic.data:
        items = (_item(item, is_state=item.name == topic.state) for item in topic.data)
        parts.append(writer.element("aev:DataInstance", *items))
    stateful = {"aev:isProperty": "true"} if topic.state is not None else {}
    return writer.element("aev:MessageInstance", *parts, attributes=stateful)


def _item(item: DeclaredItem, is_state: bool = False) -> str:
    told = {"isPropertyState": "true"} if is_state else {}
    told |= {"aev:NiceName": item.nice_name, "Type": item.type, "Name": item.name}
    values = (item.values or {}).items()
    return writer.element(
        "aev:SimpleItemInstance",
        *(
            writer.text(
                "aev:Value", value, {} if nice_name == value else {"aev:NiceName": nice_name}
            )
            for value, nice_name in values
        ),
        attributes=told,
    )
