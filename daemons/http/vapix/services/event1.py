"""The event service: what can happen, scheduled events, and virtual inputs (VAPIX events page 3).

No fault of this service was recorded; theirs have no detail of their own. A scheduled event whose id is taken is
refused, for there is no way to change one here.
"""

from typing import Final

import msgspec

from common.errors import Conflict
from common.params.kinds import Access
from common.rules import LONGEST_NAME, Schedule
from daemons.http.call import Call
from daemons.http.soap import values, writer
from daemons.http.soap.fault import invalid
from daemons.http.soap.names import EVENT
from daemons.http.soap.reader import Element
from daemons.http.vapix.services.endpoint import services
from daemons.http.vapix.services.topic_tree import topic_tree, topics_of
from daemons.http.vapix.virtualinput import STAYS

_ICALENDAR: Final = "http://www.axis.com/vapix/ws/ical1"
_PULSE: Final = {"Interval": False, "Pulse": True}


class _Scheduled(msgspec.Struct, frozen=True):
    schedule: Schedule
    pulse: bool


_SCHEDULES = msgspec.json.Decoder(list[_Scheduled])


@services.operation(EVENT, "GetEventInstances", access=Access.VIEWER, changes=False)
async def get_event_instances(call: Call, _request: Element) -> str:
    """Return every topic with what its events can say, as a tree."""
    topics = topics_of(await call.unit.events.topics())
    return writer.element("wstop:TopicSet", topic_tree(topics))


@services.operation(EVENT, "AddScheduledEvent", access=Access.ADMIN, changes=True)
async def add_scheduled_event(call: Call, request: Element) -> str:
    """Add a schedule: a recurring interval, or a recurring pulse."""
    new = values.required(request, "NewScheduledEvent")
    icalendar = values.required(values.required(new, "Schedule"), "ICalendar")
    if icalendar.attribute("Dialect") not in (None, _ICALENDAR):
        raise invalid("value violation in attribute Dialect")
    name = values.text_in(new, "Name", "")
    if len(name) > LONGEST_NAME:
        raise invalid("length violation in element Name")
    id_ = values.text_in(new, "EventID", "")
    if id_ and any(known.schedule.id == id_ for known in await _schedules(call)):
        raise Conflict(f"there is a scheduled event '{id_[:LONGEST_NAME]}' already")
    schedule = Schedule(name, icalendar.text.strip(), id_)
    given = await call.unit.rules.put_schedule(msgspec.json.encode(schedule).decode())
    return writer.text("aev:EventID", given)


@services.operation(EVENT, "GetScheduledEvents", access=Access.OPERATOR, changes=False)
async def get_scheduled_events(call: Call, request: Element) -> str:
    """Return the schedules: all, or only the intervals or the pulses."""
    wanted = None
    if (wanted_types := values.optional(request, "ScheduleFilter")) is not None:
        wanted = values.text_in(wanted_types, "ScheduleType", "")
    if wanted and wanted not in _PULSE:
        raise invalid("value violation in element ScheduleType")
    listed = (
        one.schedule for one in await _schedules(call) if not wanted or one.pulse is _PULSE[wanted]
    )
    return writer.element("aev:ScheduledEvents", *map(_scheduled_event, listed))


@services.operation(EVENT, "RemoveScheduledEvent", access=Access.ADMIN, changes=True)
async def remove_scheduled_event(call: Call, request: Element) -> str:
    """Remove a schedule."""
    await call.unit.rules.remove_schedule(values.text_in(request, "EventID"))
    return ""


@services.operation(EVENT, "ChangeVirtualInputState", access=Access.OPERATOR, changes=True)
async def change_virtual_input_state(call: Call, request: Element) -> str:
    """Activate or deactivate a virtual input; tell whether that changed it."""
    number = values.integer_in(request, "port")
    active = values.truth_in(request, "active")
    changed = await call.unit.ioports.set_virtual_input(number, active, STAYS)
    return writer.truth("aev:stateChanged", changed)


async def _schedules(call: Call) -> list[_Scheduled]:
    return _SCHEDULES.decode(await call.unit.rules.schedules())


def _scheduled_event(schedule: Schedule) -> str:
    icalendar = writer.text("aev:ICalendar", schedule.icalendar, {"Dialect": _ICALENDAR})
    return writer.element(
        "aev:ScheduledEvent",
        writer.text("aev:EventID", schedule.id),
        writer.text("aev:Name", schedule.name),
        writer.element("aev:Schedule", icalendar),
    )
