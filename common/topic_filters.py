"""Topic expressions: which topics a filter means (VAPIX events page 1, dialects Concrete and ConcreteSet).

A topic is a path of levels, each in a namespace: `tns1:` (ONVIF) or `tnsaxis:`. A level without a prefix is in the
namespace of the level above, and that is how topics are printed; `onvif:` and `axis:` are the same two by the names
that MQTT and RTSP clients use.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from common.errors import InvalidValue

LONGEST = 2048
_NAMESPACES = {"tns1": "tns1", "onvif": "tns1", "tnsaxis": "tnsaxis", "axis": "tnsaxis"}
_FRIENDLY = {"tns1": "onvif", "tnsaxis": "axis"}
_LEVEL = re.compile(r"(?:(\w+):)?([A-Za-z_][\w.\-]*)")
_SUBTREE = "//."

Level = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True)
class _Branch:
    levels: tuple[Level, ...]
    subtree: bool

    def matches(self, levels: tuple[Level, ...]) -> bool:
        return levels[: len(self.levels)] == self.levels if self.subtree else levels == self.levels


class TopicFilter:
    """One or several topics, or everything below some."""

    def __init__(self, branches: Iterable[_Branch]) -> None:
        self._branches = tuple(branches)

    @classmethod
    def parse(cls, text: str) -> "TopicFilter":
        """Read an expression; `InvalidValue` says what cannot be read, in the device's own words."""
        if len(text) > LONGEST:
            raise InvalidValue("failed to parse topic expression: it is too long")
        try:
            return cls(_branch(part.strip()) for part in text.split("|"))
        except ValueError:
            raise InvalidValue(f"failed to parse topic expression '{text}'") from None

    def matches(self, topic: str) -> bool:
        """Whether the topic is meant."""
        levels = topic_levels(topic)
        return any(branch.matches(levels) for branch in self._branches)

    @property
    def only(self) -> str | None:
        """The one topic that is meant, or None when it may be several."""
        if len(self._branches) != 1 or self._branches[0].subtree:
            return None
        return topic_text(self._branches[0].levels)

    def __str__(self) -> str:
        return "|".join(
            topic_text(branch.levels) + (_SUBTREE if branch.subtree else "")
            for branch in self._branches
        )


@lru_cache(maxsize=512)
def topic_levels(topic: str) -> tuple[Level, ...]:
    """Return the levels of a topic; `ValueError` when it is none."""
    levels: list[Level] = []
    for part in topic.split("/"):
        match = _LEVEL.fullmatch(part)
        if match is None:
            raise ValueError(topic)
        if match[1] is not None:
            if match[1] not in _NAMESPACES:
                raise ValueError(topic)
            namespace = _NAMESPACES[match[1]]
        elif levels:
            namespace = levels[-1][0]
        else:
            raise ValueError(topic)
        levels.append((namespace, match[2]))
    return tuple(levels)


def topic_text(levels: Iterable[Level]) -> str:
    """Print a topic with a prefix where the namespace changes, as devices do."""
    parts = []
    above = ""
    for namespace, name in levels:
        parts.append(name if namespace == above else f"{namespace}:{name}")
        above = namespace
    return "/".join(parts)


def friendly_topic(topic: str, *, namespaces: bool = True) -> str:
    """Print a topic as MQTT messages have it: `onvif:Device/axis:IO/Port`, or without the prefixes."""
    parts = []
    above = ""
    for namespace, name in topic_levels(topic):
        prefixed = namespaces and namespace != above
        parts.append(f"{_FRIENDLY[namespace]}:{name}" if prefixed else name)
        above = namespace
    return "/".join(parts)


def _branch(text: str) -> _Branch:
    subtree = text.endswith(_SUBTREE)
    path = text.removesuffix(_SUBTREE)
    if subtree and not path:
        return _Branch((), subtree=True)
    return _Branch(topic_levels(path), subtree)
