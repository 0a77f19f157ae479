"""Runs the schedules: tells their states as they change, and their pulses once each.

The clock of a unit is put right now and then, by hours or by decades (it may start in 1970). It is looked at every
second, and the schedules follow what it shows:

- An interval holds or not by the present time; what it did in the time that was skipped is not told.
- A pulse that lies in skipped time comes at once, a single time for each schedule, if no more than three hours were
  skipped; more than that is a correction, after which nothing is made up for. That is what cron does.
- When the clock is put back, a pulse that has come does not come again for the same time of the same day, unless by
  more than three hours. One that comes every hour or oftener does not come again within a minute.

The same holds for the time in which the daemon itself was away (`pulses_until`).
"""

import asyncio
import heapq
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from common.clock import Clock
from common.errors import InvalidValue
from common.rules import Schedule
from common.topics import Event
from daemons.events.schedules.timing import Change, Timing
from daemons.events.topics import SCHEDULE_INTERVAL, SCHEDULE_PULSE

log = logging.getLogger(__name__)

LOOK_INTERVAL_S = 1.0
LOOK_AGAIN_S = 86_400.0
MADE_UP_FOR_S = 3 * 3600.0
EACH_MADE_UP_FOR_S = 60.0
"""A busy unit may look late: then each pulse of so long comes."""

Tell = Callable[[Event, float], None]
"""An event, and when it happened."""


@dataclass(frozen=True)
class Standing:
    """How a schedule is now."""

    pulse: bool
    active: bool
    next: float | None
    """When it begins, ends, or is a pulse; None when nothing is known to come."""


class _Row:
    """One schedule."""

    def __init__(self, schedule: Schedule, timing: Timing, zone: tzinfo) -> None:
        self.schedule = schedule
        self.timing = timing
        self.zone = zone
        self.active = False
        self.next: Change | None = None
        self.again = 0.0
        """When to look for it once more where none was found: it may lie farther ahead than that."""
        self.done = 0.0
        """All pulses up to this time have come, or will not."""

    def event(self, active: bool | None) -> Event:
        source = {"id": self.schedule.id}
        if active is None:
            return SCHEDULE_PULSE.event(source)
        return SCHEDULE_INTERVAL.event(source, {"active": active})


class Timetable:
    """All schedules of the unit."""

    def __init__(
        self,
        clock: Clock,
        zone: tzinfo,
        tell: Tell,
        *,
        other_states: Callable[[], None],
        pulses_until: float | None = None,
        remember: Callable[[float], None] = lambda _until: None,
    ) -> None:
        """`other_states` is called when `events` has lost or got some that `tell` was not told.

        `pulses_until` is what `remember` was given last, before the daemon ended: the time up to which all pulses have
        been told; None at the start of the unit. `remember` is called before the pulses are told.
        """
        self._clock = clock
        self._zone = zone
        self._tell = tell
        self._other_states = other_states
        self._remember = remember
        self._pulses_until = pulses_until
        self._rows: dict[str, _Row] = {}
        self._wake = asyncio.Event()
        self._seen = 0.0

    def set(self, schedules: Iterable[Schedule], zone: tzinfo | None = None) -> None:
        """Take the schedules that there are, and the zone if it is another one; what is unchanged goes on."""
        self._zone = zone or self._zone
        now = self._clock.time()
        begin = now if self._pulses_until is None else self._pulses_until
        rows = {}
        for schedule in schedules:
            row = self._rows.get(schedule.id)
            if row is not None and (row.schedule, row.zone) == (schedule, self._zone):
                rows[schedule.id] = row
                continue
            try:
                row = _Row(schedule, Timing.of(schedule.icalendar, self._zone), self._zone)
            except InvalidValue as error:
                log.warning("the schedule '%s' is left out: %s", schedule.name, error)
                continue
            before = self._rows.get(schedule.id)
            moved = before is not None and before.schedule == schedule  # into another zone
            row.done = before.done if before is not None and moved else begin
            self._plan(row, now)
            rows[schedule.id] = row
        if rows != self._rows:
            self._rows = rows
            self._other_states()
        if self._pulses_until is None:
            self._remember(now)
        self._wake.set()

    def events(self) -> list[Event]:
        """Return the present states."""
        return [row.event(row.active) for row in self._rows.values() if not row.timing.pulse]

    def names(self) -> Mapping[str, Mapping[str, str]]:
        """Return the values that the item `id` can have, and their names: topic -> id -> name."""
        return {
            topic.name: {
                id_: row.schedule.name
                for id_, row in self._rows.items()
                if row.timing.pulse == (topic is SCHEDULE_PULSE)
            }
            for topic in (SCHEDULE_INTERVAL, SCHEDULE_PULSE)
        }

    def standing(self, id_: str) -> Standing | None:
        """Return how a schedule is now; None for one that is not there or cannot be read."""
        row = self._rows.get(id_)
        if row is None:
            return None
        return Standing(row.timing.pulse, row.active, row.next.time if row.next else None)

    def between(self, after: float, until: float) -> Iterator[tuple[float, Event]]:
        """Yield what all schedules do later than `after` and up to `until`, in order."""
        return heapq.merge(
            *(self._of(row, after, until) for row in list(self._rows.values())),
            key=lambda told: told[0],
        )

    def states_at(self, at: float) -> list[Event]:
        """Return which state each interval has at some time."""
        return [
            row.event(row.timing.active(at)) for row in self._rows.values() if not row.timing.pulse
        ]

    async def run(self) -> None:
        """Run them, until cancelled."""
        while True:
            wait_s = self.look()
            self._wake.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                pass

    def look(self) -> float:
        """Tell what has come; returns for how many seconds nothing will, one at most."""
        now = self._clock.time()
        put_back = now < self._seen
        self._seen = now
        self._pulses_until = None  # what is set later is new, and no pulse of it was missed
        pulses: list[tuple[_Row, float]] = []
        for row in self._rows.values():
            if row.timing.pulse:
                pulses += ((row, at) for at in self._pulses(row, now))
            elif put_back or now >= (row.next.time if row.next else row.again):
                self._follow(row, now, told_each=not put_back)
        if pulses:
            self._remember(now)
        for row, at in sorted(pulses, key=lambda pulse: pulse[1]):
            self._tell(row.event(None), at)
        nearest = min((row.next.time for row in self._rows.values() if row.next), default=now + 1)
        return min(max(nearest - self._clock.time(), 0.0), LOOK_INTERVAL_S)

    @staticmethod
    def _of(row: _Row, after: float, until: float) -> Iterator[tuple[float, Event]]:
        for change in row.timing.changes(after, until):
            yield change.time, row.event(change.active)

    @staticmethod
    def _plan(row: _Row, now: float) -> None:
        """See how a row is, and what comes next."""
        row.active = row.timing.active(now)
        row.next = row.timing.next_change(row.done if row.timing.pulse else now)
        row.again = now + LOOK_AGAIN_S

    def _follow(self, row: _Row, now: float, *, told_each: bool) -> None:
        """Bring an interval up to date."""
        if told_each and row.next is not None and now - row.next.time <= EACH_MADE_UP_FOR_S:
            for change in row.timing.changes(row.next.time - 0.001, now):
                if change.active is not None and change.active != row.active:
                    row.active = change.active
                    self._tell(row.event(change.active), change.time)
        before = row.active
        self._plan(row, now)
        if row.active != before:
            self._tell(row.event(row.active), now)

    @staticmethod
    def _pulses(row: _Row, now: float) -> list[float]:
        """Return the times of the pulses that come now."""
        due: list[float] = []
        if now >= row.done:
            if row.next is None and now >= row.again:
                row.next = row.timing.next_change(row.done)
                row.again = now + LOOK_AGAIN_S
            if row.next is not None and row.next.time <= now:
                late_s = now - row.done
                if now - row.next.time <= EACH_MADE_UP_FOR_S:
                    due = [change.time for change in row.timing.changes(row.done, now)]
                elif late_s <= MADE_UP_FOR_S:
                    due = [now]
                row.next = row.timing.next_change(now)
            row.done = now
        elif row.done - now > (EACH_MADE_UP_FOR_S if row.timing.by_the_clock else MADE_UP_FOR_S):
            row.done = now
            row.next = row.timing.next_change(now)
        return due
