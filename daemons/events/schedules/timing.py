"""When a schedule holds, and when it is a pulse: the pure core, for running and for trying out.

Times go in and come out in seconds since 1970; the schedule itself is by the clock on the wall.

- At certain times of certain days (FREQ=DAILY and longer): once, when the clock shows the time first. A time that it
  skips, as it is put forward, comes at the moment at which that is done. An interval ends when the clock first shows
  its end, so that office hours are office hours on the day of the change, too.
- Within a day, again and again (FREQ=HOURLY and shorter): whenever the clock shows the time, twice when an hour comes
  twice and not in an hour that is skipped, so that every hour is every hour. An interval has its length.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from daemons.events.schedules.icalendar import LATEST, Entry, read
from daemons.events.schedules.local_time import LocalTime

_MOST_JOINED = 1000
"""Intervals that follow each other without a gap: more than two years of days."""
_NONE = timedelta()
_FARTHEST_JUMP = timedelta(hours=25)
"""The farthest that a clock on the wall was ever put forward or back at once, and a little more."""


@dataclass(frozen=True)
class Change:
    """What a schedule does at one moment."""

    time: float
    active: bool | None
    """None for a pulse."""


class Timing:
    """One schedule in one time zone."""

    def __init__(self, entry: Entry, zone: tzinfo) -> None:
        self._entry = entry
        self._local = LocalTime(zone)

    @classmethod
    def of(cls, text: str, zone: tzinfo) -> "Timing":
        """Read a schedule; raises `InvalidValue`."""
        return cls(read(text), zone)

    @property
    def pulse(self) -> bool:
        """Whether it has no length."""
        return self._entry.pulse

    @property
    def text(self) -> str:
        """The schedule in the form in which it is kept."""
        return self._entry.text

    @property
    def by_the_clock(self) -> bool:
        """Whether it happens within a day, again and again."""
        return self._entry.recurrence.by_the_clock

    def active(self, at: float) -> bool:
        """Whether it holds; a pulse never does."""
        if self.pulse:
            return False
        found = next(self._intervals(at), None)
        return found is not None and found[0] <= at

    def next_change(self, after: float) -> Change | None:
        """Return what happens next; None when that is nothing, or lies decades ahead, or it holds for years."""
        return next(self.changes(after, None), None)

    def changes(self, after: float, until: float | None) -> Iterator[Change]:
        """Yield what happens later than `after`, up to `until` (None for all), as far as that is asked for."""
        for change in self._pulses(after) if self.pulse else self._joined(after):
            if until is not None and change.time > until:
                return
            if change.time > after:
                yield change

    def _pulses(self, after: float) -> Iterator[Change]:
        before = after
        for moment, _ in self._occurrences(after):
            if moment > before:  # two times that the clock skips come at the same moment
                yield Change(moment, None)
                before = moment

    def _joined(self, after: float) -> Iterator[Change]:
        """Yield the changes from the interval on that holds, or comes next; what touches is one."""
        intervals = self._intervals(after)
        current = next(intervals, None)
        while current is not None:
            begin, end = current
            yield Change(begin, active=True)
            current = None
            for joined, (next_begin, next_end) in enumerate(intervals):
                if next_begin > end:
                    current = next_begin, next_end
                    break
                if joined == _MOST_JOINED:
                    return
                end = max(end, next_end)
            yield Change(end, active=False)

    def _intervals(self, after: float) -> Iterator[tuple[float, float]]:
        """Yield those that end later than `after`; one whose begin and end the clock skips is none."""
        for begin, end in self._occurrences(after):
            if end > max(after, begin):
                yield begin, end

    def _occurrences(self, after: float) -> Iterator[tuple[float, float]]:
        """Yield (begin, end) in order of the begin, of all that end later than `after` and perhaps some more."""
        length = self._entry.duration or _NONE
        earliest = max(0.0, after - length.total_seconds())
        if self.by_the_clock:
            for moment in self._by_the_clock(earliest):
                yield moment, moment + length.total_seconds()
            return
        for wall in self._starts(self._local.wall(earliest) - _FARTHEST_JUMP):
            yield self._local.moment(wall), self._local.moment(wall + length)

    def _by_the_clock(self, at: float) -> Iterator[float]:
        """Yield when the clock shows a time of the schedule, from `at` on.

        As long as the offset stays, the clock runs as UTC does.
        """
        while True:
            offset = self._local.offset(at)
            for wall in self._starts(self._local.wall(at)):
                moment = (wall - offset).replace(tzinfo=UTC).timestamp()
                if self._local.offset(moment) != offset:
                    at = self._local.change_of_offset(at, moment)
                    break
                if moment > at:
                    at = moment
                yield moment
            else:
                return

    def _starts(self, earliest: datetime) -> Iterator[datetime]:
        for wall in self._entry.recurrence.starts(earliest):
            if wall.year > LATEST:
                return
            yield wall
