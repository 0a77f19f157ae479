"""When something recurs, by the clock on the wall: RFC 5545's RRULE, RDATE and EXDATE, without zones.

The arithmetic is python-dateutil's. It walks from DTSTART and goes on searching to the year 9999, though, and real
clients send DTSTART in 1970. So the walk begins at the last period before the time asked for, and a fuse ends it
when it has looked at some decades without finding anything.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Final

from dateutil.rrule import rrule

from common.errors import InvalidValue
from daemons.events.schedules.rrule_text import Frequency, RuleParts, parts_of

MOST_COUNTED: Final = 1000
"""What COUNT can be: each of them has to be walked through once."""
_MIDNIGHT: Final = time()
_PATIENCE: Final = 10_000
_YEARS_PATIENCE: Final = 40_000
"""Looks at a day, or a time of a day, without finding anything; a day of a year costs less than a day alone."""


def _patience(parts: RuleParts) -> int:
    """Return how often to look; less often where each look costs more."""
    more = len(parts.set_positions)
    if parts.frequency >= Frequency.HOURLY:
        more += len(parts.minutes) * len(parts.seconds) // 8
    return (
        4 * (_YEARS_PATIENCE if parts.frequency <= Frequency.MONTHLY else _PATIENCE) // (4 + more)
    )


class _BlownFuse(Exception):
    """Nothing was found for long."""


class _Fuse:
    """Counts how often dateutil looks at a day or a time."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._left = patience

    def renew(self) -> None:
        self._left = self._patience

    def looked(self, times: int = 1) -> None:
        self._left -= times
        if self._left < 0:
            raise _BlownFuse


class _Wanted(frozenset[int]):
    """Months, or times of a day: dateutil asks whether one is wanted each time before it goes on."""

    fuse: _Fuse

    def __contains__(self, value: object) -> bool:
        self.fuse.looked()
        return super().__contains__(value)


class _NumberedDays(tuple[tuple[int, int], ...]):
    """Weekdays of a year by number: dateutil goes through them once a year."""

    fuse: _Fuse

    def __iter__(self) -> Iterator[tuple[int, int]]:
        self.fuse.looked(366)
        return super().__iter__()


class _FusedRule(rrule):
    """A rule of dateutil whose walk ends."""

    def __init__(self, start: datetime, rule: "Rule") -> None:
        parts = rule.parts
        super().__init__(
            parts.frequency.dateutil,
            dtstart=start,
            interval=parts.interval,
            wkst=parts.week_start,
            until=rule.until,
            bysetpos=parts.set_positions or None,
            bymonth=parts.months or None,
            bymonthday=parts.month_days or None,
            byyearday=parts.year_days or None,
            byweekno=parts.week_numbers or None,
            byweekday=parts.weekdays or None,
            byhour=parts.hours or None,
            byminute=parts.minutes or None,
            bysecond=parts.seconds or None,
        )
        self.fuse = _Fuse(_patience(parts))
        by_number = parts.frequency is Frequency.YEARLY and vars(self)["_bynweekday"]
        if by_number and not parts.months:
            days = _NumberedDays(by_number)
            days.fuse = self.fuse
            self._bynweekday = days
        else:
            # The month is the first thing asked of any day, so each rule gets all twelve where it names none.
            self._look_for("_bymonth", range(1, 13))
        for name in ("_byhour", "_byminute", "_bysecond"):
            self._look_for(name)

    def _look_for(self, name: str, otherwise: Iterable[int] = ()) -> None:
        if wanted := getattr(self, name) or otherwise:
            fused = _Wanted(wanted)
            fused.fuse = self.fuse
            setattr(self, name, fused)


@dataclass(frozen=True)
class Rule:
    """An RRULE with what its DTSTART adds to it."""

    parts: RuleParts
    start: datetime
    until: datetime | None

    @classmethod
    def read(cls, text: str, start: datetime) -> "Rule":
        """Read the value of RRULE; raises `InvalidValue`."""
        parts, count, until = parts_of(text, start)
        rule = cls(parts, start, until)
        if count is None:
            return rule
        if count > MOST_COUNTED:
            raise InvalidValue(f"COUNT can be {MOST_COUNTED} at most; use UNTIL")
        found = list(itertools.islice(rule._walk(start, renewed=False), count))
        if len(found) < count:
            raise InvalidValue(f"COUNT={count} goes too far; use UNTIL")
        return cls(parts, start, found[-1])

    @property
    def text(self) -> str:
        """The rule in one line."""
        return self.parts.text

    @property
    def by_the_clock(self) -> bool:
        """Whether it happens within a day, again and again, and not at certain times of certain days."""
        return self.parts.frequency >= Frequency.HOURLY

    @property
    def step(self) -> timedelta:
        """From one period to the next, of one that happens by the clock."""
        return self.parts.interval * _UNITS[self.parts.frequency]

    @cached_property
    def times_of_day(self) -> tuple[time, ...]:
        """Of one that happens at certain times of certain days."""
        parts = self.parts
        return tuple(
            time(hour, minute, second)
            for hour in sorted(parts.hours)
            for minute in sorted(parts.minutes)
            for second in sorted(parts.seconds)
        )

    def starts(self, earliest: datetime) -> Iterator[datetime]:
        """Yield when it happens, from `earliest` on; ends when nothing is found in some decades."""
        return self._walk(earliest, renewed=True)

    def _walk(self, earliest: datetime, *, renewed: bool) -> Iterator[datetime]:
        earliest = max(earliest, self.start)
        try:
            walk = _FusedRule(self._period_before(earliest), self)
            for found in walk:
                if found >= earliest:
                    if renewed:
                        walk.fuse.renew()
                    yield found
        except (
            _BlownFuse,
            ValueError,
            IndexError,
            OverflowError,
        ):  # dateutil's words for what can never be
            return

    def _period_before(self, when: datetime) -> datetime:
        """Return the start of the last period (of those that INTERVAL leaves) that begins before `when`."""
        interval, start = self.parts.interval, self.start
        match self.parts.frequency:
            case Frequency.YEARLY:
                years = when.year - start.year
                return datetime(when.year - years % interval, 1, 1)  # noqa: DTZ001 -- on the wall
            case Frequency.MONTHLY:
                months = when.year * 12 + when.month - start.year * 12 - start.month
                month = when.year * 12 + when.month - 1 - months % interval
                return datetime(month // 12, month % 12 + 1, 1)  # noqa: DTZ001 -- on the wall
            case Frequency.WEEKLY:
                week = start.date() - timedelta((start.weekday() - self.parts.week_start) % 7)
                days = (when.date() - week).days
                return datetime.combine(when.date() - timedelta(days % (7 * interval)), _MIDNIGHT)
            case Frequency.DAILY:
                days = (when.date() - start.date()).days
                return datetime.combine(when.date() - timedelta(days % interval), _MIDNIGHT)
            case _:
                return when - (when - start) % self.step


_UNITS: Final = {
    Frequency.HOURLY: timedelta(hours=1),
    Frequency.MINUTELY: timedelta(minutes=1),
    Frequency.SECONDLY: timedelta(seconds=1),
}


@dataclass(frozen=True)
class Recurrence:
    """All of RFC 5545's recurrence set."""

    start: datetime
    rule: Rule | None = None
    """None for something that happens once."""
    added: tuple[datetime, ...] = ()
    """RDATE, in order."""
    left_out: tuple[datetime, ...] = ()
    """EXDATE, in order."""
    days_left_out: tuple[date, ...] = ()
    """EXDATE of whole days."""
    _gone: frozenset[date] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_gone", frozenset((*self.left_out, *self.days_left_out)))

    @property
    def by_the_clock(self) -> bool:
        """Whether it happens within a day, again and again."""
        return self.rule is not None and self.rule.by_the_clock

    def starts(self, earliest: datetime) -> Iterator[datetime]:
        """Yield when it begins, from `earliest` on, in order, each time once."""
        added = [each for each in self.added if each >= earliest and not self._is_gone(each)]
        before = None
        for found in heapq.merge(self._by_rule(earliest), added):
            if found != before:
                yield found
            before = found

    def _by_rule(self, earliest: datetime) -> Iterator[datetime]:
        if self.rule is None:
            if self.start >= earliest and not self._is_gone(self.start):
                yield self.start
            return
        walk = self.rule.starts(earliest)
        while (found := next(walk, None)) is not None:
            if not self._is_gone(found):
                yield found
            elif found.date() in self._gone:
                day = found.date()
                while day in self._gone:
                    day += timedelta(days=1)
                walk = self.rule.starts(datetime.combine(day, _MIDNIGHT))

    def _is_gone(self, when: datetime) -> bool:
        return when in self._gone or when.date() in self._gone
