"""The value of RRULE (RFC 5545, 3.3.10), part by part."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final, Literal, cast

from dateutil.rrule import weekday

from common.errors import InvalidValue

MOST_PERIODS: Final = 100_000
"""What INTERVAL can be."""
MOST_TIMES_A_DAY: Final = 1440
MOST_SET_POSITIONS: Final = 10
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?)?")


class Frequency(IntEnum):
    """FREQ, numbered as dateutil does."""

    YEARLY = 0
    MONTHLY = 1
    WEEKLY = 2
    DAILY = 3
    HOURLY = 4
    MINUTELY = 5
    SECONDLY = 6

    @property
    def dateutil(self) -> Literal[0, 1, 2, 3, 4, 5, 6]:
        """The same number, in the type that dateutil wants."""
        return cast(Literal[0, 1, 2, 3, 4, 5, 6], int(self))


@dataclass(frozen=True)
class RuleParts:
    """The parts of a rule; what DTSTART says where the rule is silent is filled in."""

    text: str
    frequency: Frequency
    interval: int
    week_start: int
    """0 is Monday."""
    months: tuple[int, ...]
    month_days: tuple[int, ...]
    year_days: tuple[int, ...]
    week_numbers: tuple[int, ...]
    weekdays: tuple[weekday, ...]
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    seconds: tuple[int, ...]
    set_positions: tuple[int, ...]


_RANGES: Final = {
    "INTERVAL": (1, MOST_PERIODS),
    "COUNT": (1, 10**9),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 59),
    "BYSETPOS": (-366, 366),
}
_FROM_THE_END: Final = {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"}
"""Negative counts from the end, and 0 is none."""
_KNOWN: Final = {*_RANGES, "FREQ", "UNTIL", "BYDAY", "WKST"}


def parts_of(text: str, start: datetime) -> tuple[RuleParts, int | None, datetime | None]:
    """Return the parts, COUNT and UNTIL of a rule that begins at `start`; raises `InvalidValue`."""
    given = _split(text)
    if "FREQ" not in given:
        raise InvalidValue("RRULE needs FREQ")
    try:
        frequency = Frequency[given["FREQ"]]
    except KeyError:
        raise InvalidValue(f"FREQ cannot be '{given['FREQ'][:40]}'") from None

    def numbers(name: str) -> tuple[int, ...]:
        return _numbers(name, given[name]) if name in given else ()

    def number(name: str) -> int | None:
        return _number(name, given[name]) if name in given else None

    days = _weekdays(given["BYDAY"], frequency) if "BYDAY" in given else ()
    parts = RuleParts(
        text=";".join(f"{name}={value}" for name, value in given.items()),
        frequency=frequency,
        interval=number("INTERVAL") or 1,
        week_start=_week_start(given.get("WKST", "MO")),
        months=numbers("BYMONTH"),
        month_days=numbers("BYMONTHDAY"),
        year_days=numbers("BYYEARDAY"),
        week_numbers=numbers("BYWEEKNO"),
        weekdays=days,
        hours=numbers("BYHOUR"),
        minutes=numbers("BYMINUTE"),
        seconds=numbers("BYSECOND"),
        set_positions=numbers("BYSETPOS"),
    )
    _check(parts)
    if "COUNT" in given and "UNTIL" in given:
        raise InvalidValue("RRULE has COUNT or UNTIL, not both")
    until = _until(given["UNTIL"]) if "UNTIL" in given else None
    return _filled(parts, start), number("COUNT"), until


def _split(text: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in text.upper().rstrip(";").split(";"):
        name, sign, value = part.partition("=")
        if not sign or name not in _KNOWN:
            raise InvalidValue(f"RRULE has no part '{part[:40]}'")
        if name in given:
            raise InvalidValue(f"RRULE has {name} twice")
        given[name] = value
    return given


def _number(name: str, text: str) -> int:
    low, high = _RANGES[name]
    if re.fullmatch(r"[+-]?\d{1,10}", text, re.ASCII) is None:
        raise InvalidValue(f"{name} must be a number from {low} to {high}, not '{text[:40]}'")
    number = int(text)
    if not low <= number <= high or (name in _FROM_THE_END and number == 0):
        raise InvalidValue(f"{name} must be from {low} to {high}, not {text}")
    return number


def _numbers(name: str, text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_number(name, word) for word in text.split(",")))


def _weekdays(text: str, frequency: Frequency) -> tuple[weekday, ...]:
    found = {}
    for word in text.split(","):
        match = _WEEKDAY.fullmatch(word)
        number = int(match[1] or 0) if match else 0
        if match is None or abs(number) > 53:
            raise InvalidValue(f"BYDAY cannot be '{word[:40]}'")
        if number and frequency > Frequency.MONTHLY:
            raise InvalidValue(f"BYDAY={word} needs FREQ=MONTHLY or YEARLY")
        # VAPIX lets the number be 0: every such day.
        found[word] = weekday(_DAYS.index(match[2]), number or None)
    return tuple(found.values())


def _week_start(text: str) -> int:
    if text not in _DAYS:
        raise InvalidValue(f"WKST cannot be '{text[:40]}'")
    return _DAYS.index(text)


def _until(text: str) -> datetime:
    """Return the last moment of UNTIL: of a day its end, as people mean it."""
    match = _UNTIL.fullmatch(text)
    if match is None:
        raise InvalidValue(f"UNTIL must be in local time, like 20261231T235959, not '{text[:40]}'")
    year, month, day, hour, minute, second = match.groups()
    clock = (23, 59, 59) if hour is None else (int(hour), int(minute), int(second or 0))
    try:
        return datetime(int(year), int(month), int(day), *clock)  # noqa: DTZ001 -- on the wall
    except ValueError:
        raise InvalidValue(f"UNTIL: there is no time '{text}'") from None


def _check(parts: RuleParts) -> None:
    """Refuse the combinations that RFC 5545 forbids, and those that nobody can compute in a short time."""
    frequency = parts.frequency
    rules: tuple[tuple[str, bool, Callable[[Frequency], bool]], ...] = (
        ("BYWEEKNO", bool(parts.week_numbers), lambda it: it is Frequency.YEARLY),
        (
            "BYYEARDAY",
            bool(parts.year_days),
            lambda it: it is Frequency.YEARLY or it >= Frequency.HOURLY,
        ),
        ("BYMONTHDAY", bool(parts.month_days), lambda it: it is not Frequency.WEEKLY),
        ("BYSETPOS", bool(parts.set_positions), lambda it: it <= Frequency.DAILY),
        ("BYHOUR", bool(parts.hours), lambda it: it is not Frequency.SECONDLY),
        ("BYMINUTE", bool(parts.minutes), lambda it: it is not Frequency.SECONDLY),
    )
    for name, given, allowed in rules:
        if given and not allowed(frequency):
            raise InvalidValue(f"{name} cannot be used with FREQ={frequency.name}")
    if len(parts.set_positions) > MOST_SET_POSITIONS:
        raise InvalidValue(f"BYSETPOS has at most {MOST_SET_POSITIONS} numbers")
    numbered = any(each.n for each in parts.weekdays)
    if numbered and parts.week_numbers:
        raise InvalidValue("BYDAY with numbers cannot be used with BYWEEKNO")
    times = max(1, len(parts.hours)) * max(1, len(parts.minutes)) * max(1, len(parts.seconds))
    if times > MOST_TIMES_A_DAY:
        raise InvalidValue(f"a schedule has at most {MOST_TIMES_A_DAY} times of a day")


def _filled(parts: RuleParts, start: datetime) -> RuleParts:
    """Return the parts with what the rule leaves to DTSTART, so that they no longer depend on it."""
    fill: dict[str, tuple[int, ...] | tuple[weekday, ...]] = {}
    by_day = parts.month_days or parts.year_days or parts.week_numbers or parts.weekdays
    match parts.frequency:
        case Frequency.YEARLY if not by_day:
            fill = {"months": parts.months or (start.month,), "month_days": (start.day,)}
        case Frequency.MONTHLY if not by_day:
            fill = {"month_days": (start.day,)}
        case Frequency.WEEKLY if not by_day:
            fill = {"weekdays": (weekday(start.weekday()),)}
        case Frequency.YEARLY if parts.week_numbers and not parts.weekdays:
            fill = {"weekdays": (weekday(start.weekday()),)}
        case _:
            pass
    numbered = [each for each in parts.weekdays if each.n]
    if numbered and len(numbered) < len(parts.weekdays):
        fill["weekdays"] = _all_numbered(parts)
    if parts.frequency < Frequency.HOURLY:
        fill["hours"] = parts.hours or (start.hour,)
    if parts.frequency < Frequency.MINUTELY:
        fill["minutes"] = parts.minutes or (start.minute,)
    if parts.frequency < Frequency.SECONDLY:
        fill["seconds"] = parts.seconds or (start.second,)
    values = {name: getattr(parts, name) for name in RuleParts.__dataclass_fields__}
    return RuleParts(**(values | fill))


def _all_numbered(parts: RuleParts) -> tuple[weekday, ...]:
    """Return weekdays of which some have a number with numbers for all; dateutil wants both kinds of a day at once."""
    by_month = parts.frequency is Frequency.MONTHLY or parts.months
    every = range(1, (5 if by_month else 53) + 1)
    return tuple(
        weekday(each.weekday, number)
        for each in parts.weekdays
        for number in ((each.n,) if each.n else every)
    )
