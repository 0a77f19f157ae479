"""The engine on a clock of its own: what dry run and replay have in common."""

from collections.abc import Callable, Iterable, Iterator

from common.errors import InvalidValue
from common.rules import Evaluation, Rule
from common.topics import Event, Topic
from daemons.events.rules.engine import Engine, Rules
from daemons.events.rules.run import Moment
from daemons.events.rules.weight import MOST_WORK, check_weight
from daemons.events.states import Happened, State

MOST_EVENTS = 20_000
"""Gone through in one simulation, unless that is more than `MOST_WORK` before: usual rules take under a second."""
MOST_EVALUATIONS = 1000
"""Told of one simulation."""

Unlimited = Callable[[Rule], bool]
"""Tells whether the action of a rule lasts while it is active."""


class Simulation:
    """Rules that meet events at times of the past or the future; everything is yielded as it happens.

    What holds at the start counts as having become so then: such rules activate at the start.
    """

    def __init__(
        self, topics: Iterable[Topic], rules: Rules, states: Iterable[State], start: float
    ) -> None:
        self._engine = Engine(topics, rules)
        self._now = Moment(start, start)
        self.at_start = self._engine.sync(states, self._now)

    @property
    def is_enough(self) -> bool:
        """Whether it has gone on for so long that the rest is left out."""
        return self._engine.work > MOST_WORK

    def move(self, time: float) -> Iterator[Evaluation]:
        """Let time pass up to `time`, in seconds since 1970.

        A time before the last one means that the clock was set back: no time has passed.
        """
        to = self._now.monotonic + max(0.0, time - self._now.wall)
        while (wake := self._engine.next_wake()) is not None and wake <= to:
            passed = max(0.0, wake - self._now.monotonic)
            self._now = Moment(max(wake, self._now.monotonic), self._now.wall + passed)
            yield from self._engine.wake(self._now)
        self._now = Moment(to, time)

    def happen(self, event: Event) -> Iterator[Evaluation]:
        """Let something happen now."""
        yield from self._engine.handle(Happened(event, self._now.wall), self._now)


def numbered(rules: Iterable[Rule], stored: Rules, unlimited: Unlimited) -> Rules:
    """Return rules that are tried, under their ids; those without get the ids after all that there are, in order.

    Raises `InvalidValue` when two have the same id, and `Conflict` when they are too much together.
    """
    tried = tuple(rules)
    check_weight(tried)
    next_ = max((0, *stored, *(rule.id for rule in tried))) + 1
    found: dict[int, tuple[Rule, bool]] = {}
    for rule in tried:
        id_ = rule.id
        if id_ == 0:
            id_, next_ = next_, next_ + 1
        if id_ in found:
            raise InvalidValue(f"two of the rules have the id {id_}")
        found[id_] = (rule, unlimited(rule))
    return found
