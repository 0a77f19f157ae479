"""Which schedules may be stored, and which may go."""

from datetime import UTC
from typing import cast

import pytest

from common.clock import ManualClock
from common.errors import Conflict, InvalidValue, NotFound
from common.params.client import ParamsClient
from common.rules import Condition, Rule, Schedule
from daemons.events.configuration.numbers import Numbers
from daemons.events.configuration.schedules import Schedules
from daemons.events.schedules.factory import FACTORY_IDS, PREFIX
from daemons.events.schedules.timetable import Timetable
from daemons.events.topics import SCHEDULE_PULSE
from tests.unit.events.configured import MemoryParams

NOON = Schedule("Noon", "DTSTART:20260101T120000\r\nRRULE:FREQ=DAILY")


async def opened(*rules: Rule) -> Schedules:
    """Return schedules that have been loaded, beside some rules."""
    params = cast(ParamsClient, MemoryParams())
    numbers = Numbers(params)
    await numbers.load()
    timetable = Timetable(ManualClock(), UTC, lambda *_: None, other_states=lambda: None)
    schedules = Schedules(params, numbers, timetable, lambda: rules)
    await schedules.load()
    await numbers.begin({})
    return schedules


def named(id_: str) -> Schedule:
    """Return one of that id."""
    return Schedule(NOON.name, NOON.icalendar, id_)


async def test_an_id_is_given_or_chosen() -> None:
    """A number of the unit's own is given once; a client may bring a name of its own."""
    schedules = await opened()
    given = await schedules.put(NOON)
    assert given == f"{PREFIX}genid.id-1"
    assert await schedules.put(named("mine")) == "mine"
    assert {each.schedule.id for each in schedules.described()} == {*FACTORY_IDS, given, "mine"}
    await schedules.remove(given)
    with pytest.raises(NotFound):
        await schedules.put(named(given))
    assert await schedules.put(NOON) == f"{PREFIX}genid.id-2"


@pytest.mark.parametrize("id_", ['a"b', "a'b", "a b", "x" * 65, "\u00e4"])
async def test_an_id_can_stand_in_a_condition(id_: str) -> None:
    """Others are refused."""
    schedules = await opened()
    with pytest.raises(InvalidValue):
        await schedules.put(named(id_))


@pytest.mark.parametrize("quote", ['"', "'"])
async def test_a_schedule_that_a_rule_names_stays(quote: str) -> None:
    """Whichever way the client quotes."""
    content = f"boolean(//SimpleItem[@Name={quote}id{quote} and @Value={quote}mine{quote}])"
    rule = Rule("Bell", 1, trigger=Condition(SCHEDULE_PULSE.name, content))
    schedules = await opened(rule)
    await schedules.put(named("mine"))
    with pytest.raises(Conflict, match="Bell"):
        await schedules.remove("mine")
