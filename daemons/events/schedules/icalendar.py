"""The text of a schedule: iCalendar lines as real clients send them, read strictly and printed in one form.

VAPIX events page 3.2 takes DTSTART, DTEND (absent for a pulse) and RRULE, with CRLF, LF or single spaces between
them, in local time without a zone. Beyond that RFC 5545's EXDATE and RDATE are understood (exceptions, holidays),
each also as a whole day.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from common.errors import InvalidValue
from daemons.events.schedules.recurrence import Recurrence, Rule

LONGEST: Final = 8192
MOST_DATES: Final = 366
"""Of EXDATE and of RDATE: each holiday of many years."""
EARLIEST, LATEST = 1900, 2199
_LONGEST_INTERVAL: Final = timedelta(days=366)
"""Of one that recurs."""
_MOST_INTERVALS_A_DAY: Final = 24

_PROPERTY = re.compile(
    r"(DTSTART|DTEND|RRULE|EXDATE|RDATE)((?:;[^:;=]+=[^:;=]*)*):(.*)", re.IGNORECASE
)
_OTHER_PROPERTY = re.compile(r"[A-Za-z-]+[:;]")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """What a schedule's text says."""

    recurrence: Recurrence
    duration: timedelta | None
    """By the clock on the wall; None for a pulse."""

    @property
    def pulse(self) -> bool:
        """Whether it has no length."""
        return self.duration is None

    @property
    def text(self) -> str:
        """The same in the one form in which it is kept: LF between the lines, seconds in every time."""
        begin = self.recurrence.start
        lines = [f"DTSTART:{_printed(begin)}"]
        if self.duration is not None:
            lines.append(f"DTEND:{_printed(begin + self.duration)}")
        if self.recurrence.rule is not None:
            lines.append(f"RRULE:{self.recurrence.rule.text}")
        if self.recurrence.added:
            lines.append("RDATE:" + ",".join(map(_printed, self.recurrence.added)))
        if self.recurrence.left_out:
            lines.append("EXDATE:" + ",".join(map(_printed, self.recurrence.left_out)))
        if self.recurrence.days_left_out:
            days = (f"{day:%Y%m%d}" for day in self.recurrence.days_left_out)
            lines.append("EXDATE;VALUE=DATE:" + ",".join(days))
        return "\n".join(lines)


def read(text: str) -> Entry:
    """Read a schedule; `InvalidValue` says what is wrong with it, or that it would never happen."""
    found = _properties(text)
    if "DTSTART" not in found:
        raise InvalidValue("a schedule needs DTSTART, the time at which it begins")
    begin = _time(found["DTSTART"], "DTSTART")
    duration = None
    if "DTEND" in found:
        duration = _time(found["DTEND"], "DTEND") - begin
        if duration <= timedelta():
            raise InvalidValue("DTEND must be later than DTSTART; leave it out for a pulse")
    rule = Rule.read(found["RRULE"], begin) if "RRULE" in found else None
    added = [time for time, _ in _dates(found.get("RDATE", ""), "RDATE")]
    exceptions = _dates(found.get("EXDATE", ""), "EXDATE")
    recurrence = Recurrence(
        begin,
        rule,
        tuple(sorted(set(added))),
        tuple(sorted({time for time, whole_day in exceptions if not whole_day})),
        tuple(sorted({time.date() for time, whole_day in exceptions if whole_day})),
    )
    if duration is not None:
        _check_length(recurrence, duration)
    if next(recurrence.starts(begin), None) is None:
        raise InvalidValue("the schedule never happens, or not within some decades of DTSTART")
    return Entry(recurrence, duration)


def _properties(text: str) -> dict[str, str]:
    """Return the value of each property; what is folded (RFC 5545, 3.1) is joined."""
    if len(text) > LONGEST:
        raise InvalidValue(f"a schedule has at most {LONGEST} characters")
    found: dict[str, str] = {}
    name = ""
    for word in text.split():
        match = _PROPERTY.fullmatch(word)
        if match is not None:
            name = match[1].upper()
            _check_parameters(name, match[2])
            if name in found and name not in ("EXDATE", "RDATE"):
                raise InvalidValue(f"a schedule has one {name} only")
            found[name] = f"{found[name]},{match[3]}" if name in found else match[3]
        elif not name or _OTHER_PROPERTY.match(word):
            raise InvalidValue(
                f"'{word[:40]}' is not understood: a schedule has DTSTART, DTEND, RRULE, EXDATE and RDATE"
            )
        else:
            found[name] += word
    return found


def _check_parameters(name: str, parameters: str) -> None:
    for parameter in parameters.upper().split(";")[1:]:
        if parameter.startswith("TZID="):
            raise InvalidValue(f"{name} is in the unit's local time: leave TZID out")
        if parameter not in ("VALUE=DATE", "VALUE=DATE-TIME"):
            raise InvalidValue(f"{name} cannot have {parameter[:40]}")


def _dates(value: str, name: str) -> list[tuple[datetime, bool]]:
    """Return times, each with whether it is a whole day."""
    words = [word for word in value.split(",") if word]
    if len(words) > MOST_DATES:
        raise InvalidValue(f"{name} has at most {MOST_DATES} dates")
    return [(_time(word, name), "T" not in word.upper()) for word in words]


def _time(value: str, name: str) -> datetime:
    match = _TIME.fullmatch(value)
    if match is None:
        local = (
            " (local time, without Z)" if value.upper().endswith("Z") and name != "UNTIL" else ""
        )
        raise InvalidValue(f"{name} must be like 20260131T060000{local}, not '{value[:40]}'")
    try:
        when = datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 -- on the wall
    except ValueError:
        raise InvalidValue(f"{name}: there is no time '{value}'") from None
    if not EARLIEST <= when.year <= LATEST:
        raise InvalidValue(f"{name} must be in the years {EARLIEST} to {LATEST}")
    return when


def _check_length(recurrence: Recurrence, duration: timedelta) -> None:
    """Refuse what would hold for ever, or what nobody can tell in a short time when it ends."""
    rule = recurrence.rule
    if rule is None:
        return
    if duration > _LONGEST_INTERVAL:
        raise InvalidValue("a recurring schedule can last 366 days at most")
    if rule.by_the_clock:
        if duration >= rule.step:
            raise InvalidValue("a schedule must end before it begins the next time")
        return
    times = rule.times_of_day
    if len(times) > _MOST_INTERVALS_A_DAY:
        raise InvalidValue(f"a schedule can begin at most {_MOST_INTERVALS_A_DAY} times a day")
    if len(times) > 1 and duration > _least_gap(times):
        raise InvalidValue("a schedule must end before it begins the next time")


def _least_gap(times: tuple[time, ...]) -> timedelta:
    at = [timedelta(hours=each.hour, minutes=each.minute, seconds=each.second) for each in times]
    following = [*at[1:], at[0] + timedelta(days=1)]
    return min(after - before for before, after in zip(at, following, strict=True))


def _printed(when: date) -> str:
    return f"{when:%Y%m%dT%H%M%S}"
