"""What would fire between two times, given some states and some events."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from common.errors import InvalidValue
from common.rules import DryRun, Evaluation, Told
from common.topics import Event, Topic
from daemons.events.rules.engine import Rules
from daemons.events.rules.simulation import (
    MOST_EVALUATIONS,
    MOST_EVENTS,
    Simulation,
    Unlimited,
    numbered,
)
from daemons.events.states import Key, State, check_items

LONGEST_S = 366 * 86_400.0
MOST_ASSUMED = 1000
"""States and events together."""

Timed = tuple[float, Event]
Changes = Callable[[float, float], Iterable[Timed]]
"""(start, end) -> the schedules: first their states at the start, under that time or an earlier one; then what they
do until the end, in order of time. It is asked for no more than is needed, so it may be endless."""


@dataclass(frozen=True)
class Simulated:
    """What a dry run came to."""

    evaluations: tuple[Evaluation, ...]
    """What activates, ends or has to wait; at most `MOST_EVALUATIONS`."""
    until: float
    """The time up to which everything is told: the end, unless there was too much on the way."""


def dry_run(
    question: DryRun,
    topics: Iterable[Topic],
    stored: Rules,
    unlimited: Unlimited,
    states: Iterable[State],
    changes: Changes,
) -> Simulated:
    """Answer a question; `states` are the present ones.

    What holds at the start is, in this order, what holds now, what the schedules say, and what is assumed. A rule
    that is met by that activates at the start.

    Raises `InvalidValue` for times in the wrong order or more than `LONGEST_S` apart, for more than `MOST_ASSUMED`
    assumptions, and for one that is no event of its topic.
    """
    declared = {topic.name: topic for topic in topics}
    _check(question)
    rules = stored if question.rules is None else numbered(question.rules, stored, unlimited)
    assumed = [_assumed(told, declared, state=True) for told in question.states]
    happening = [(time, _assumed(told, declared)) for time, told in question.events]
    if any(not question.start <= time <= question.end for time, _event in happening):
        raise InvalidValue("an assumed event happens before the start or after the end")
    scheduled = iter(changes(question.start, question.end))
    at_start: dict[Key, State] = {state.event.key: state for state in states}
    first: list[Timed] = []
    for time, event in scheduled:
        if time > question.start:
            first.append((time, event))
            break
        if _declared(event.topic, declared).stateful:
            at_start[event.key] = State(event, time)
        else:
            first.append((question.start, event))
        if len(at_start) + len(first) > MOST_EVENTS:
            raise InvalidValue("there are too many schedules")
    at_start.update({event.key: State(event, question.start) for event in assumed})
    simulation = Simulation(declared.values(), rules, at_start.values(), question.start)
    events = heapq.merge(first, scheduled, sorted(happening, key=itemgetter(0)), key=itemgetter(0))
    return _collected(simulation, events, question.end)


def _collected(simulation: Simulation, events: Iterator[Timed], end: float) -> Simulated:
    found = list(simulation.at_start)
    until = end
    for count, (time, event) in enumerate(events):
        if time > end:
            break
        if count == MOST_EVENTS or simulation.is_enough:
            until = time
            break
        found += _worth_telling(simulation.move(time))
        found += _worth_telling(simulation.happen(event))
        if len(found) > MOST_EVALUATIONS:
            break
    found += _worth_telling(simulation.move(until))
    if len(found) > MOST_EVALUATIONS:
        del found[MOST_EVALUATIONS:]
        until = found[-1].time
    return Simulated(tuple(found), until)


def _worth_telling(evaluations: Iterable[Evaluation]) -> Iterator[Evaluation]:
    return (each for each in evaluations if each.outcome in ("activated", "ended", "waiting"))


def _check(question: DryRun) -> None:
    if not question.start <= question.end <= question.start + LONGEST_S:
        raise InvalidValue("the end must follow the start, and within a year")
    if len(question.states) + len(question.events) > MOST_ASSUMED:
        raise InvalidValue(f"no more than {MOST_ASSUMED} states and events can be assumed")


def _assumed(told: Told, topics: Mapping[str, Topic], *, state: bool = False) -> Event:
    topic = _declared(told.topic, topics)
    if state and not topic.stateful:
        raise InvalidValue(f"{topic.name} has no state that could be assumed")
    check_items(topic, topic.source, told.source)
    check_items(topic, topic.data, told.data)
    return Event(told.topic, told.source, told.data)


def _declared(name: str, topics: Mapping[str, Topic]) -> Topic:
    topic = topics.get(name)
    if topic is None:
        raise InvalidValue(f"nobody declares the topic '{name[:200]}'")
    return topic
