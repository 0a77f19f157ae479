"""Topic names and topic filters of MQTT (MQTT 3.1.1, section 4.7)."""

import re

from common.errors import InvalidValue
from common.mqtt import LONGEST_TOPIC

_NEVER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What no text of ours can hold; brokers may close the connection for it."""


def check_topic(topic: str, what: str) -> str:
    """Return a topic to publish to; `InvalidValue` names it by `what`."""
    if not topic or len(topic) > LONGEST_TOPIC:
        raise InvalidValue(f"{what}: a topic has 1 to {LONGEST_TOPIC} characters")
    if "+" in topic or "#" in topic:
        raise InvalidValue(f"{what}: a topic to publish to has no + and no #")
    return _checked(topic, what)


def check_filter(filter_: str, what: str, *, wildcards: bool) -> str:
    """Return what can be subscribed to; `InvalidValue` names it by `what`."""
    levels = filter_.split("/")
    if not wildcards and ("+" in filter_ or "#" in filter_):
        raise InvalidValue(f"{what}: a state has a topic of its own, without + and #")
    if "#" in levels[:-1] or any(
        len(level) > 1 and ("+" in level or "#" in level) for level in levels
    ):
        raise InvalidValue(f"{what}: + stands for a whole level, and # for all that follow")
    return _checked(filter_, what)


def below(prefix: str, topic: str) -> str:
    """Return a topic with a prefix before it."""
    return f"{prefix}/{topic}"


def matches(filter_: str, topic: str) -> bool:
    """Whether a message on `topic` is meant by a subscription."""
    levels, wanted = topic.split("/"), filter_.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for number, level in enumerate(wanted):
        if level == "#":
            return True
        if number >= len(levels) or level not in ("+", levels[number]):
            return False
    return len(levels) == len(wanted)


def _checked(text: str, what: str) -> str:
    if _NEVER.search(text):
        raise InvalidValue(f"{what}: a topic has no control characters")
    return text
