"""One condition, compiled, with what is known of it now. Equal conditions of several rules are one watch."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from common.content_filters import ContentFilter
from common.rules import Condition
from common.topic_filters import TopicFilter
from common.topics import Topic
from daemons.events.rules.weight import weight_of
from daemons.events.states import Key

if TYPE_CHECKING:
    from daemons.events.rules.run import Run


class Watch:
    """What a condition says, which present states it is about, and which of them satisfy it.

    Raises `InvalidValue` for an expression that cannot be read.
    """

    __slots__ = (
        "condition",
        "content",
        "known",
        "met",
        "of",
        "pulsed",
        "satisfied",
        "since",
        "starts",
        "topics",
        "weight",
    )

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.topics = TopicFilter.parse(condition.topic)
        self.content = ContentFilter.parse(condition.content)
        self.weight = weight_of(condition)
        """What it costs to compare an event with it."""
        self.known: dict[Key, None] = {}
        """Present states of what it is about, in order of arrival."""
        self.satisfied: dict[Key, None] = {}
        """Those of them that satisfy topic and content."""
        self.met: bool | None = None
        """None while nobody knows."""
        self.since: float | None = None
        """When `met` became what it is, in seconds since 1970; None while nobody knows."""
        self.pulsed: float | None = None
        """When a stateless message last started rules by it."""
        self.of: list[Run] = []
        """The rules that have it among their conditions."""
        self.starts: list[Run] = []
        """The rules that have it as their trigger."""

    def subject(self, topic: Topic) -> Mapping[str, str]:
        """Return the source values that say which thing of the topic it is about; empty for any.

        Inverting turns over what is said of that thing: "port 1 is not active" says nothing of port 2.
        """
        data = {item.name for item in topic.data}
        source = {item.name for item in topic.source} - data
        return {name: value for name, value in self.content.needs.items() if name in source}

    def note(self, key: Key, *, satisfies: bool) -> bool:
        """Take the present state of one source that it is about; return whether that triggers.

        A trigger is a change of the same source: to satisfying, or away from it when inverted.
        """
        before = key in self.satisfied
        self.known[key] = None
        if satisfies:
            self.satisfied[key] = None
        else:
            self.satisfied.pop(key, None)
        return (before and not satisfies) if self.condition.invert else (satisfies and not before)

    def forget(self, key: Key) -> None:
        """Take that a state no longer exists, which triggers nothing."""
        self.known.pop(key, None)
        self.satisfied.pop(key, None)

    def settle(self, since: float) -> bool:
        """Draw the conclusion of what was noted; return whether the condition is another than before."""
        met = bool(self.satisfied) is not self.condition.invert if self.known else None
        if met is self.met:
            return False
        self.met = met
        self.since = None if met is None else since
        return True
