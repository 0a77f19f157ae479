"""The unit's local time: from the clock on the wall to the moment, and back."""

import io
import re
import struct
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from common.errors import InvalidValue

_FIRST, _LAST = 0.0, 7_258_118_400.0
"""The years 1970 to 2199."""
_SECOND: Final = timedelta(seconds=1)
_ZERO: Final = timedelta()
_HEADER: Final = struct.Struct(">4sc15x6L")
_DEFAULT_RULE: Final = ",M3.2.0,M11.1.0"
"""When daylight saving time is where a text has a name for it and no rule: POSIX leaves it open, glibc takes this."""
_STANDARD: Final = re.compile(r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)[+-]?\d{1,2}(?::\d{2}){0,2}")


def posix_zone(text: str, *, daylight_saving: bool = True) -> tzinfo:
    """Return the zone of a POSIX TZ text such as `CET-1CEST,M3.5.0,M10.5.0/3` (`Time.POSIXTimeZone`).

    Without `daylight_saving` (`Time.DST.Enabled`) its standard time holds all the year. Raises `InvalidValue`.

    zoneinfo reads such texts where they end a TZif file (RFC 8536, 3.3), so it is given a file of nothing else.
    """
    standard = _STANDARD.match(text)
    if standard is None:
        raise InvalidValue(f"'{text[:60]}' is no POSIX time zone")
    # Each block: no leap seconds, no transitions, one kind of local time (UTC) with a name of four bytes.
    block = _HEADER.pack(b"TZif", b"2", 0, 0, 0, 0, 1, 4) + bytes(6) + b"UTC\0"
    rule = _DEFAULT_RULE if text != standard[0] and "," not in text else ""
    whole = f"{text}{rule}" if daylight_saving else standard[0]
    footer = f"\n{whole}\n".encode("ascii", "replace")
    try:
        zone = ZoneInfo.from_file(io.BytesIO(block + block + footer))
        datetime.fromtimestamp(0, zone)
    except (ValueError, OverflowError):
        raise InvalidValue(f"'{text[:60]}' is no POSIX time zone") from None
    return zone


class LocalTime:
    """Moments, in seconds since 1970, and what a clock on the wall shows then."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def wall(self, at: float) -> datetime:
        """Return what the clock shows, in whole seconds; raises `InvalidValue` outside of 1970 to 2199."""
        if not _FIRST <= at <= _LAST:
            raise InvalidValue("a schedule is known from 1970 to 2199")
        return datetime.fromtimestamp(int(at), self._zone).replace(tzinfo=None, fold=0)

    def offset(self, at: float) -> timedelta:
        """Return how far the clock is ahead of UTC."""
        return datetime.fromtimestamp(at, self._zone).utcoffset() or _ZERO

    def moment(self, wall: datetime) -> float:
        """Return the first moment at which the clock shows `wall`, or, where it skips that, a later time."""
        early = wall.replace(tzinfo=self._zone)
        moment = early.astimezone(UTC)
        if moment.astimezone(self._zone).replace(tzinfo=None) != wall:
            # The clock is put forward over it: look for the second at which that is done.
            low, high = wall.replace(tzinfo=self._zone, fold=1).astimezone(UTC), moment
            before = low.astimezone(self._zone).utcoffset()
            while high - low > _SECOND:
                middle = (low + (high - low) / 2).replace(microsecond=0)
                if middle.astimezone(self._zone).utcoffset() == before:
                    low = middle
                else:
                    high = middle
            moment = high
        return moment.timestamp()

    def change_of_offset(self, low: float, high: float) -> float:
        """Return the second in (low, high] from which on the offset is no longer that of `low`."""
        before, first, last = self.offset(low), int(low), int(high)
        while last - first > 1:
            middle = (first + last) // 2
            if self.offset(middle) == before:
                first = middle
            else:
                last = middle
        return float(last)
