"""The present state of every topic, and what counts as something that happened."""

import logging
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from common.clock import Clock
from common.errors import InvalidValue
from common.topics import Event, Item, ItemType, Topic
from daemons.events.declarations import Declarations

log = logging.getLogger(__name__)

MOST_PER_TOPIC = 256
"""States of one topic; more than any unit has ports, disks, calls or rules."""
LONGEST_VALUE = 1024
LONGEST_TOKEN = 64
CLOCKS_APART_S = 1.0
"""How far in the future something may have happened: the wall clock may be set back between event and telling."""


@dataclass(frozen=True)
class State:
    """The last event of a stateful topic for one combination of source values."""

    event: Event
    since: float
    """When it became so, in seconds since 1970."""


@dataclass(frozen=True)
class Happened:
    """An event that was checked, and that says something new."""

    event: Event
    time: float


Key = tuple[str, tuple[tuple[str, str], ...]]


class States:
    """What holds now. A daemon that is away keeps its states: nobody knows better until it is back."""

    def __init__(self, declarations: Declarations, clock: Clock) -> None:
        self._declarations = declarations
        self._clock = clock
        self._states: dict[Key, State] = {}
        self._told: dict[str, set[Key]] = {}

    def current(self, prefix: str = "") -> list[State]:
        """Return the present states of topics that start with `prefix`, in order of topic and source."""
        keys = sorted(key for key in self._states if key[0].startswith(prefix))
        return [self._states[key] for key in keys]

    def take(self, daemon: str, event: Event, at: float = 0.0) -> Happened | None:
        """Note an event that a daemon sent; returns it when it is a pulse or changes a state.

        `at` is when it happened, in seconds since 1970, as far as the daemon knows; 0 for now.

        Raises `InvalidValue` for what the daemon did not declare, or declared differently.
        """
        topic = self._checked(daemon, event)
        if not topic.stateful:
            return Happened(event, self._time(at))
        if daemon in self._told:
            self._told[daemon].add(event.key)
        return self._keep(topic, event, at)

    def begin(self, daemon: str) -> None:
        """Note that `daemon` is being asked for all its states: what it tells meanwhile is newer."""
        self._told[daemon] = set()

    def complete(self, daemon: str, events: Iterable[Event]) -> list[Happened]:
        """Take the answer: the whole of the daemon's states. What is not in it no longer exists."""
        told = self._told.pop(daemon, set())
        answered = set()
        happened = []
        for event in events:
            answered.add(event.key)
            if event.key in told:
                continue
            try:
                new = self._keep(self._checked(daemon, event), event)
            except InvalidValue as error:
                log.warning("a state of %s is refused: %s, ignoring", daemon, error)
            else:
                happened += [new] if new is not None else []
        for key in [key for key in self._states if self._declarations.owner(key[0]) == daemon]:
            if key not in answered and key not in told:
                del self._states[key]
        return happened

    def forget_undeclared(self) -> None:
        """Drop the states of topics that went with their owner."""
        declared = {topic.name for topic in self._declarations}
        self._states = {key: state for key, state in self._states.items() if key[0] in declared}

    def _keep(self, topic: Topic, event: Event, at: float = 0.0) -> Happened | None:
        if not topic.stateful:
            raise InvalidValue(f"{topic.name} has no state")
        before = self._states.get(event.key)
        if before is not None and before.event.data == event.data:
            return None
        if before is None and self._count(topic.name) >= MOST_PER_TOPIC:
            raise InvalidValue(
                f"{topic.name} has {MOST_PER_TOPIC} states already, which is the limit"
            )
        since = self._time(at)
        self._states[event.key] = State(event, since)
        return Happened(event, since)

    def _time(self, at: float) -> float:
        """Return when something happened; a time that cannot be is not believed."""
        now = self._clock.time()
        return at if 0 < at <= now + CLOCKS_APART_S else now

    def _count(self, name: str) -> int:
        return sum(1 for topic, _source in self._states if topic == name)

    def _checked(self, daemon: str, event: Event) -> Topic:
        topic = self._declarations.of(daemon, event.topic)
        if topic is None:
            raise InvalidValue(f"{daemon} declares no topic '{event.topic[:200]}'")
        check_items(topic, topic.source, event.source)
        check_items(topic, topic.data, event.data)
        return topic


def check_items(topic: Topic, declared: tuple[Item, ...], given: Mapping[str, str]) -> None:
    """Raise `InvalidValue` unless these are the items that a topic declares, with values they can have."""
    names = {item.name for item in declared}
    if names != given.keys():
        raise InvalidValue(
            f"{topic.name}: expected the items {sorted(names)}, got {sorted(given)[:20]}"
        )
    for item in declared:
        value = given[item.name]
        if not _fits(item, value):
            raise InvalidValue(f"{topic.name}: {item.name} cannot be '{value[:100]}'")


def _fits(item: Item, value: str) -> bool:
    if item.values is not None and value not in item.values:
        return False
    match item.type:
        case ItemType.BOOLEAN:
            return value in ("0", "1")
        case ItemType.INT:
            return re.fullmatch(r"-?[0-9]{1,18}", value) is not None
        case ItemType.FLOAT:
            try:
                return len(value) <= 40 and math.isfinite(float(value))
            except ValueError:
                return False
        case ItemType.STRING:
            return len(value) <= LONGEST_VALUE
        case ItemType.REFERENCE:
            return len(value) <= LONGEST_TOKEN
