"""The schedules that a unit comes with, and the ids of those that are made on it."""

import re
from collections.abc import Iterable
from typing import Final

from common.rules import Schedule

PREFIX: Final = "com.axis.schedules."
_MADE = re.compile(re.escape(PREFIX) + r"genid\.id-(\d{1,9})")

# The reference gives ids and names (VAPIX events page 3.2); the hours are those of its examples.
FACTORY: Final = (
    Schedule(
        "After Hours",
        "DTSTART:19700105T180000\nDTEND:19700106T060000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        f"{PREFIX}after_hours",
    ),
    Schedule(
        "Office Hours",
        "DTSTART:19700105T060000\nDTEND:19700105T180000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        f"{PREFIX}office_hours",
    ),
    Schedule(
        "Weekends",
        "DTSTART:19700103T000000\nDTEND:19700105T000000\nRRULE:FREQ=WEEKLY;BYDAY=SA",
        f"{PREFIX}weekends",
    ),
    Schedule(
        "Weekdays",
        "DTSTART:19700105T000000\nDTEND:19700110T000000\nRRULE:FREQ=WEEKLY;BYDAY=MO",
        f"{PREFIX}weekdays",
    ),
)
FACTORY_IDS: Final = frozenset(schedule.id for schedule in FACTORY)


def number_of(id_: str) -> int:
    """Return N of `com.axis.schedules.genid.id-N`, and 0 for any other id."""
    match = _MADE.fullmatch(id_)
    return int(match[1]) if match else 0


def new_id(present: Iterable[str], highest: int) -> tuple[str, int]:
    """Return an id that was never used before, and its number, which is to be kept as the highest.

    `highest` is the number that was given out last: an id that was removed does not come again, so that no rule
    starts to mean another schedule.
    """
    number = max([highest, *map(number_of, present)]) + 1
    return f"{PREFIX}genid.id-{number}", number
