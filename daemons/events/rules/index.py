"""Which conditions an event is about, without looking at all of them.

Conditions stand by topic and within a topic under one value that their message must have, the rarest of those that
they need. What needs none stands apart and is looked at for every event of the topic.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from common.topic_filters import topic_levels, topic_text
from common.topics import Topic
from daemons.events.rules.watch import Watch

Pair = tuple[str, str]
_Entry = tuple[Watch, tuple[Pair, ...]]
"""A watch, and what else the items must have for the event to be about it."""


class TopicIndex:
    """The watches of one topic.

    A state that a condition of a stateful topic is about may satisfy it or not, so there only source values count;
    a stateless message matters only when it matches, so there any value does.
    """

    def __init__(self, topic: Topic, watches: Iterable[Watch]) -> None:
        self.topic = topic
        self._by_item: dict[str, dict[str, list[_Entry]]] = {}
        self._others: list[_Entry] = []
        if not topic.stateful:
            watches = [watch for watch in watches if watch.starts]
        needs = {watch: self._needs(watch) for watch in watches}
        used = Counter(pair for pairs in needs.values() for pair in pairs)
        for watch, pairs in needs.items():
            if pairs:
                name, value = rarest = min(pairs, key=lambda pair: (used[pair], pair))
                rest = tuple(pair for pair in pairs if pair != rarest)
                self._by_item.setdefault(name, {}).setdefault(value, []).append((watch, rest))
            else:
                self._others.append((watch, ()))

    def _needs(self, watch: Watch) -> tuple[Pair, ...]:
        plain_message = not self.topic.stateful and not watch.condition.invert
        needs = watch.content.needs if plain_message else watch.subject(self.topic)
        return tuple(needs.items())

    def about(self, items: Mapping[str, str]) -> Iterator[Watch]:
        """Yield the watches that an event with these items is about."""
        for name, values in self._by_item.items():
            entries = values.get(items.get(name, ""))
            if entries is not None:
                for watch, rest in entries:
                    if name in items and all(items.get(other) == value for other, value in rest):
                        yield watch
        for watch, _rest in self._others:
            yield watch


class Index:
    """The watches of all topics; what a topic needs is made when its first event comes."""

    def __init__(self, topics: Mapping[str, Topic], watches: Iterable[Watch]) -> None:
        self._topics = topics
        self._made: dict[str, TopicIndex] = {}
        self._named: dict[str, list[Watch]] = {}
        self._patterns: dict[str, list[Watch]] = {}
        for watch in watches:
            name = watch.topics.only
            if name is not None:
                self._named.setdefault(name, []).append(watch)
            else:
                self._patterns.setdefault(str(watch.topics), []).append(watch)

    def of(self, name: str) -> TopicIndex | None:
        """Return the part of one topic; None for a topic that nobody declares."""
        made = self._made.get(name)
        if made is None and (topic := self._topics.get(name)) is not None:
            made = self._made[name] = TopicIndex(topic, self._watches(name))
        return made

    def _watches(self, name: str) -> Iterator[Watch]:
        yield from self._named.get(topic_text(topic_levels(name)), ())
        for alike in self._patterns.values():
            if alike[0].topics.matches(name):
                yield from alike
