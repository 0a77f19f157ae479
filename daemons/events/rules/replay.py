"""What another set of rules would have made of what is on record."""

from collections.abc import Iterable, Iterator

from common.errors import InvalidValue
from common.rules import Evaluation, Replay, Replayed
from common.topics import Topic
from daemons.events.rules.engine import Rules
from daemons.events.rules.simulation import (
    MOST_EVALUATIONS,
    MOST_EVENTS,
    Simulation,
    Unlimited,
    numbered,
)
from daemons.events.states import Happened, State


def replay(
    question: Replay,
    topics: Iterable[Topic],
    stored: Rules,
    unlimited: Unlimited,
    states: Iterable[State],
    events: Iterable[Happened],
    *,
    reaches_back: bool,
) -> Replayed:
    """Run recorded events against the stored rules and those of the question.

    `states` are those at the start; `events` are in the order in which they happened, and what lies outside of the
    time is passed over; `reaches_back` tells whether the record holds all of it. Rules that are met by the states at
    the start activate then, on both sides. The answer is not complete either when a topic of the record is declared
    no more, or when there was more to go through than `MOST_EVENTS` or `MOST_WORK`, or to tell than
    `MOST_EVALUATIONS` a side.

    Raises `InvalidValue` for times in the wrong order.
    """
    if not question.start <= question.end:
        raise InvalidValue("the end must follow the start")
    declared = {topic.name: topic for topic in topics}
    present = list(states)
    known = [
        state
        for state in present
        if (topic := declared.get(state.event.topic)) is not None and topic.stateful
    ]
    complete = reaches_back and len(known) == len(present)
    sides = [
        _Side(Simulation(declared.values(), rules, known, question.start))
        for rules in (stored, numbered(question.rules, stored, unlimited))
    ]
    count = 0
    for happened in events:
        if not question.start <= happened.time <= question.end:
            continue
        if happened.event.topic not in declared:
            complete = False
            continue
        if count == MOST_EVENTS or any(side.simulation.is_enough for side in sides):
            complete = False
            break
        count += 1
        for side in sides:
            side.take(side.simulation.move(happened.time))
            side.take(side.simulation.happen(happened.event))
    for side in sides:
        side.take(side.simulation.move(question.end))
    return Replayed(
        events=count,
        stored=tuple(sides[0].evaluations),
        changed=tuple(sides[1].evaluations),
        complete=complete and not any(side.cut for side in sides),
    )


class _Side:
    """What one set of rules does."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.evaluations = simulation.at_start[:MOST_EVALUATIONS]
        self.cut = len(simulation.at_start) > MOST_EVALUATIONS

    def take(self, evaluations: Iterator[Evaluation]) -> None:
        for evaluation in evaluations:
            if len(self.evaluations) < MOST_EVALUATIONS:
                self.evaluations.append(evaluation)
            else:
                self.cut = True
