"""Why a rule did what it did: its trigger and its conditions, with the states that decide."""

from collections.abc import Iterator, Mapping
from itertools import islice

from common.rules import Reason, Told
from common.topics import Event
from daemons.events.rules.run import Run
from daemons.events.rules.watch import Watch
from daemons.events.states import Happened, Key, State

MOST_STATES = 8
"""In one reason."""

Known = Mapping[str, Mapping[Key, State]]
"""Topic -> key -> present state."""


def told(event: Event) -> Told:
    """Return an event as it is passed on."""
    return Told(event.topic, dict(event.source), dict(event.data))


def reasons(run: Run, known: Known, trigger: Happened | None = None) -> tuple[Reason, ...]:
    """Return the trigger, if there is one, and the conditions of a rule; `trigger` is what triggered it just now."""
    return tuple(_reasons(run, known, trigger))


def _reasons(run: Run, known: Known, trigger: Happened | None) -> Iterator[Reason]:
    if run.trigger is not None:
        if trigger is not None:
            yield Reason(
                run.trigger.condition,
                met=True,
                is_trigger=True,
                since=trigger.time,
                states=(told(trigger.event),),
            )
        else:
            yield _reason(run.trigger, known, is_trigger=True)
    for watch in run.conditions:
        yield _reason(watch, known)


def _reason(watch: Watch, known: Known, *, is_trigger: bool = False) -> Reason:
    deciding = watch.satisfied or watch.known
    return Reason(
        watch.condition,
        met=bool(watch.met),
        is_trigger=is_trigger,
        since=watch.pulsed if watch.met is None else watch.since,
        states=tuple(told(known[key[0]][key].event) for key in islice(deciding, MOST_STATES)),
    )
