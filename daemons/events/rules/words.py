"""Rules, reasons and evaluations in plain words, for the log and for people.

Names come from the topics. Values may come from strangers (a payload of MQTT), so that what cannot be printed is
escaped and what is long is cut: a word is always one line.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo

from common.content_filters import ContentFilter
from common.errors import InvalidValue
from common.rules import Condition, Evaluation, Reason, Rule, Told
from common.topic_filters import TopicFilter
from common.topics import Item, ItemType, Topic

LONGEST_VALUE = 80
_EVERY = ("Any", "All")
_NEGATED = {"is": "is not", "became": "is no longer", "becomes": "is no longer"}


class Words:
    """Speaks of the declared topics, and of times as a zone has them."""

    def __init__(self, topics: Iterable[Topic], zone: tzinfo) -> None:
        self._topics = {topic.name: topic for topic in topics}
        self._zone = zone
        self._labels = Counter(
            label
            for topic in self._topics.values()
            for label in {label for item in topic.source for label in (item.values or {}).values()}
        )

    # --- events and states --------------------------------------------------------------------

    def happened(self, told: Told) -> str:
        """`Port 1 became active`, `MQTT message (Topic door): Payload open`."""
        topic = self._topics.get(told.topic)
        if topic is None:
            return _unnamed(told)
        if topic.state is not None and topic.state in told.data:
            return self._stands(topic, told.source, told.data, "became")
        return self._message(topic, told.source, told.data)

    def stands(self, told: Told) -> str:
        """`Port 1 is active`."""
        topic = self._topics.get(told.topic)
        if topic is None or topic.state not in told.data:
            return self.happened(told)
        return self._stands(topic, told.source, told.data, "is")

    def _stands(
        self, topic: Topic, source: Mapping[str, str], data: Mapping[str, str], verb: str
    ) -> str:
        item = next(item for item in topic.data if item.name == topic.state)
        value = data[item.name]
        thing = self._thing(topic, source)
        if item.type is ItemType.BOOLEAN and " " not in item.nice_name:
            word = item.nice_name.lower()
            return f"{thing} {verb if value == '1' else _NEGATED[verb]} {word}"
        return f"{thing}: {item.nice_name} {verb} {_value(item, value)}"

    def _message(self, topic: Topic, source: Mapping[str, str], data: Mapping[str, str]) -> str:
        said = _items(topic.data, data)
        return f"{self._thing(topic, source)}{': ' if said else ''}{said}"

    def _thing(self, topic: Topic, source: Mapping[str, str]) -> str:
        """Name what an event is about: by its own name when it has one, and by its topic when that is not enough."""
        named = [
            _label(item, source[item.name])
            for item in topic.source
            if item.name in source and _has_name(item, source[item.name])
        ]
        if not named or len(named) < len(source):
            said = _items(topic.source, source)
            return f"{topic.nice_name} ({said})" if said else topic.nice_name
        own = all(self._labels[label] < 2 for label in named)
        return ", ".join(named) + ("" if own else f" ({topic.nice_name})")

    # --- conditions and rules -----------------------------------------------------------------

    def condition(self, condition: Condition, *, is_trigger: bool = False) -> str:
        """`Port 1 is active`, as a trigger `Port 1 becomes active`; inverted, `not (...)` and `no longer (...)`."""
        topic, values = self._plain(condition)
        if topic is None:
            said = f"{_shown(condition.topic)}"
            if condition.content.strip():
                said += f" where {_shown(condition.content)}"
            pulse = False
        else:
            source = {item.name: values[item.name] for item in topic.source if item.name in values}
            data = {item.name: values[item.name] for item in topic.data if item.name in values}
            pulse = not topic.stateful
            verb = "becomes" if is_trigger and not condition.invert else "is"
            if topic.state in data:
                said = self._stands(topic, source, data, verb)
            else:
                said = self._message(topic, source, data)
        if not condition.invert:
            return said
        return f"{'no longer' if is_trigger and not pulse else 'not'} ({said})"

    def rule(self, rule: Rule, action: str) -> str:
        """`When Port 1 becomes active, while Weekdays is active: play alarm.mp3, at most every 10 s`."""
        parts = []
        if rule.trigger is not None:
            parts.append(f"when {self.condition(rule.trigger, is_trigger=True)}")
        if rule.conditions:
            conditions = " and ".join(self.condition(each) for each in rule.conditions)
            parts.append(f"while {conditions}")
        said = ", ".join(parts) or "never"
        wait = f", at most every {_duration(rule.wait_s)}" if rule.wait_s else ""
        disabled = "" if rule.enabled else " (disabled)"
        return f"{said[0].upper()}{said[1:]}: {_shown(action)}{wait}{disabled}"

    def _plain(self, condition: Condition) -> tuple[Topic | None, Mapping[str, str]]:
        """Return the one topic that a condition means and the values it asks for, if that is all that it says."""
        try:
            only = TopicFilter.parse(condition.topic).only
            values = ContentFilter.parse(condition.content).equalities
        except InvalidValue:
            return None, {}
        topic = self._topics.get(only) if only is not None else None
        if topic is None or values is None:
            return None, {}
        names = {item.name for item in (*topic.source, *topic.data)}
        return (topic, values) if values.keys() <= names else (None, {})

    # --- why ----------------------------------------------------------------------------------

    def reason(self, reason: Reason, now: float) -> str:
        """`Weekdays is active since 08:00`: what decides, and since when, as of `now` in seconds since 1970."""
        if reason.is_trigger:
            if reason.met and reason.states:
                return self.happened(reason.states[0])
            return f"the trigger is: {self.condition(reason.condition, is_trigger=True)}"
        if not reason.states:
            return f"nobody knows of: {self.condition(reason.condition)}"
        more = len(reason.states) - 1
        others = f" and {more} more" if more else ""
        since = "" if reason.since is None else f" since {self.time(reason.since, now)}"
        return f"{self.stands(reason.states[0])}{others}{since}"

    def evaluation(self, evaluation: Evaluation) -> str:
        """`Alarm activated: Port 1 became active; Weekdays is active since 08:00`."""
        name = _shown(evaluation.name) or f"rule {evaluation.rule}"
        now = evaluation.time
        reasons = evaluation.reasons
        said: str = evaluation.outcome
        if evaluation.outcome == "disabled":
            return f"{name} is disabled"
        if evaluation.outcome == "ended":
            reasons = _unmet(reasons)
        elif evaluation.outcome == "waiting":
            until = now if evaluation.until is None else evaluation.until
            said = f"waits until {self.time(until, now)}"
        elif evaluation.outcome == "not met":
            said = "did not activate"
            reasons = tuple(each for each in reasons if each.is_trigger) + _unmet(reasons)
        why = "; ".join(self.reason(each, now) for each in reasons)
        return f"{name} {said}{': ' if why else ''}{why}"

    def time(self, time: float, now: float) -> str:
        """`08:00`, with seconds where they say something, and with the date when that is another than now."""
        there, here = self._at(time), self._at(now)
        clock = there.strftime("%H:%M:%S" if there.second else "%H:%M")
        return clock if there.date() == here.date() else f"{there.date().isoformat()} {clock}"

    def _at(self, time: float) -> datetime:
        return datetime.fromtimestamp(time, self._zone)


def _unmet(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(each for each in reasons if not each.met and not each.is_trigger)


def _has_name(item: Item, value: str) -> bool:
    return (item.values or {}).get(value, value) != value


def _label(item: Item, value: str) -> str:
    label = (item.values or {})[value]
    return f"{label} {item.nice_name.lower()}" if label in _EVERY else label


def _items(declared: Iterable[Item], given: Mapping[str, str]) -> str:
    return ", ".join(
        f"{item.nice_name} {_value(item, given[item.name])}"
        for item in declared
        if item.name in given
    )


def _value(item: Item, value: str) -> str:
    if item.values is not None and value in item.values:
        return item.values[value]
    if item.type is ItemType.BOOLEAN:
        return {"0": "no", "1": "yes"}.get(value, _shown(value))
    return _shown(value)


def _shown(text: str) -> str:
    cut = text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in cut
    )


def _unnamed(told: Told) -> str:
    items = ", ".join(
        f"{_shown(name)} {_shown(value)}" for name, value in {**told.source, **told.data}.items()
    )
    return f"{_shown(told.topic)}{': ' if items else ''}{items}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s"
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
