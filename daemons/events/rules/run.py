"""One rule at work: when it activates, ends, or has to wait. Knows nothing of events."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from common.rules import Outcome, Rule
from daemons.events.rules.watch import Watch

CAP_S = 1.0
"""The time in which a rule may activate only so many times."""


class Moment(NamedTuple):
    """Now, by both clocks, in seconds."""

    monotonic: float
    """What waiting is counted by: it never goes back, whatever is done to the other."""
    wall: float
    """Seconds since 1970: what people are told."""


class Verdict(NamedTuple):
    """What became of a rule."""

    outcome: Outcome
    until: float | None = None
    """When waiting ends, by the monotonic clock."""


ENDED = Verdict("ended")
ACTIVATED = Verdict("activated")
NOT_MET = Verdict("not met")


class Run:
    """A rule with its activity."""

    __slots__ = (
        "conditions",
        "id",
        "last",
        "recent",
        "restored",
        "rule",
        "since",
        "trigger",
        "unlimited",
        "waiting",
    )

    def __init__(
        self,
        id_: int,
        rule: Rule,
        trigger: Watch | None,
        conditions: Sequence[Watch],
        *,
        unlimited: bool,
        most_per_s: int,
    ) -> None:
        self.id = id_
        self.rule = rule
        self.unlimited = unlimited
        self.trigger = trigger
        self.conditions = tuple(conditions)
        self.since: float | None = None
        """Since when it is active, in seconds since 1970; None when it is not."""
        self.last: float | None = None
        """When it last activated, by the monotonic clock."""
        self.recent: deque[float] = deque(maxlen=most_per_s)
        """When it activated within the time of the cap before that, likewise."""
        self.waiting: float | None = None
        """When it activates if its conditions still hold then, likewise."""
        self.restored = False
        """Active from before a restart, and not every condition was known since."""

    def judge(self, now: Moment, *, triggered: bool = False) -> tuple[Verdict, ...]:
        """Bring the activity up to what holds now; return what became of it, if anything did."""
        if not self.rule.enabled:
            return ()
        holds = all(watch.met for watch in self.conditions)
        if self.since is not None:
            if holds:
                self.restored = False
            elif not self._nobody_knows():
                self.end()
                return (ENDED,)
        if self.trigger is None:
            return self._judge_state(now, holds=holds and bool(self.conditions))
        return self._judge_trigger(now, holds=holds) if triggered else ()

    def end(self) -> None:
        """Note that it is active no longer, and waits for nothing."""
        self.since = None
        self.waiting = None
        self.restored = False

    def barred(self, now: Moment) -> float | None:
        """Return until when it may not activate, by the monotonic clock; None when it may."""
        until = now.monotonic
        if self.last is not None:
            until = max(until, self.last + self.rule.wait_s)
        if len(self.recent) == self.recent.maxlen:
            until = max(until, self.recent[0] + CAP_S)
        return until if until > now.monotonic else None

    def _nobody_knows(self) -> bool:
        return self.restored and all(watch.met is not False for watch in self.conditions)

    def _judge_state(self, now: Moment, *, holds: bool) -> tuple[Verdict, ...]:
        if self.since is not None:
            return ()
        if not holds:
            if self.waiting is None:
                return ()
            self.waiting = None
            return (NOT_MET,)
        until = self.barred(now)
        if until is None:
            return self._activate(now)
        if self.waiting is not None:
            return ()
        self.waiting = until
        return (Verdict("waiting", until),)

    def _judge_trigger(self, now: Moment, *, holds: bool) -> tuple[Verdict, ...]:
        if not holds:
            return (NOT_MET,)
        if self.since is not None and self.unlimited:
            return ()
        until = self.barred(now)
        return self._activate(now) if until is None else (Verdict("waiting", until),)

    def _activate(self, now: Moment) -> tuple[Verdict, ...]:
        self.waiting = None
        self.last = now.monotonic
        while self.recent and self.recent[0] + CAP_S <= now.monotonic:
            self.recent.popleft()
        self.recent.append(now.monotonic)
        if not self.conditions:
            return (ACTIVATED, ENDED) if self.unlimited else (ACTIVATED,)
        if self.since is None:
            self.since = now.wall
        return (ACTIVATED,)
