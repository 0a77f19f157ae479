"""The schedules that a unit comes with, and how the ids of its own begin."""

from typing import Final

from common.rules import Schedule

PREFIX: Final = "com.axis.schedules."

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
