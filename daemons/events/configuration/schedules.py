"""Schedules and pulses: checked, kept in the params daemon, and handed to the timetable (M-RCP-24)."""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

import msgspec

from common.errors import Conflict, InvalidValue, NotFound
from common.params.client import ParamsClient
from common.rules import MOST_SCHEDULES, Rule, Schedule
from daemons.events.configuration.checks import check_text
from daemons.events.configuration.collection import Collection
from daemons.events.configuration.numbers import Numbers
from daemons.events.records import SCHEDULE, ScheduleRecord
from daemons.events.schedules.factory import FACTORY, FACTORY_IDS, PREFIX
from daemons.events.schedules.timetable import Timetable
from daemons.events.schedules.timing import Timing

_MADE = f"{PREFIX}genid.id-"
_CHOSEN = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class ScheduleView(msgspec.Struct, frozen=True):
    """A schedule as it stands."""

    schedule: Schedule
    pulse: bool
    factory: bool
    active: bool
    next: float | None


@dataclass
class Schedules:
    """What there is to go by."""

    params: ParamsClient
    numbers: Numbers
    timetable: Timetable
    rules: Callable[[], Iterable[Rule]]
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._kept = Collection(self.params, SCHEDULE, ScheduleRecord)

    async def load(self) -> None:
        """Read everything anew; where nothing was ever numbered, there is what the factory gave."""
        async with self._writing:
            await self._kept.load()
            for schedule in () if self.numbers.begun else FACTORY:
                if schedule.id not in self._kept.records:
                    await self._kept.put(schedule.id, _record(schedule))
        self._changed()

    def go_by(self, zone: tzinfo) -> None:
        """Live in another time zone."""
        self.timetable.set(self._all(), zone)

    def described(self) -> list[ScheduleView]:
        """Return every schedule with what it does next."""
        return [self._described(schedule) for schedule in self._all()]

    async def put(self, schedule: Schedule) -> str:
        """Store a schedule and return its id; `InvalidValue` for a text that is none.

        A client may choose the id of a new one (VAPIX events page 3.2), but none that this unit gives.
        """
        async with self._writing:
            known = schedule.id in self._kept.records
            if schedule.id and not known:
                _check_chosen(schedule.id)
            if not known and len(self._kept.records) >= MOST_SCHEDULES:
                raise Conflict(f"there can be at most {MOST_SCHEDULES} schedules")
            if not schedule.name.strip():
                raise InvalidValue("a schedule needs a name")
            check_text("name", schedule.name)
            text = Timing.of(schedule.icalendar, UTC).text
            id_ = schedule.id or f"{_MADE}{await self.numbers.next('schedule')}"
            await self._kept.put(id_, ScheduleRecord(schedule.name, text))
        self._changed()
        return id_

    async def remove(self, id_: str) -> None:
        """Remove a schedule that no rule names."""
        async with self._writing:
            if id_ not in self._kept.records:
                raise NotFound(f"there is no schedule '{id_[:100]}'")
            users = [rule.name or f"rule {rule.id}" for rule in self.rules() if _names(rule, id_)]
            if users:
                raise Conflict(f"the schedule is used by {', '.join(users)}")
            await self._kept.delete(id_)
        self._changed()

    def _all(self) -> list[Schedule]:
        return [
            Schedule(record.name, record.icalendar, id_)
            for id_, record in sorted(self._kept.records.items())
        ]

    def _described(self, schedule: Schedule) -> ScheduleView:
        standing = self.timetable.standing(schedule.id)
        return ScheduleView(
            schedule,
            pulse=standing is not None and standing.pulse,
            factory=schedule.id in FACTORY_IDS,
            active=standing is not None and standing.active,
            next=standing.next if standing is not None else None,
        )

    def _changed(self) -> None:
        self.timetable.set(self._all())


def _check_chosen(id_: str) -> None:
    if id_.startswith(PREFIX):
        raise NotFound(f"there is no schedule '{id_[:100]}'")
    if not _CHOSEN.fullmatch(id_):
        raise InvalidValue("the id of a schedule has 1 to 64 letters, digits and . _ : -")


def _names(rule: Rule, id_: str) -> bool:
    conditions = (rule.trigger, *rule.conditions)
    quoted = (f'"{id_}"', f"'{id_}'")
    return any(text in each.content for each in conditions if each is not None for text in quoted)


def _record(schedule: Schedule) -> ScheduleRecord:
    return ScheduleRecord(schedule.name, schedule.icalendar)
