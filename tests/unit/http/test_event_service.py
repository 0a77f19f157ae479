"""The entry and event services (VAPIX events pages 2 to 4)."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from common.bus.suite import DAEMONS
from common.errors import Conflict, InvalidValue, NotFound
from common.topics import LEVELS
from daemons.events.declarations import declared
from tests.unit.http.edge import Edge
from tests.unit.http.soap import EVENT, ask, put

ENTRY = "http://www.axis.com/vapix/ws/entry"
AEV = f"{{{EVENT}}}"
WSTOP = "{http://docs.oasis-open.org/wsn/t-1}"
PREFIXES = {
    "http://www.onvif.org/ver10/topics": "tns1",
    "http://www.axis.com/2009/event/topics": "tnsaxis",
}
RECORDED = json.loads(Path(__file__).with_name("recorded_topics.json").read_text())
DIFFER = {"interface", "disk_id", "id"}
"""Items whose values are what a unit has: cards, disks, schedules."""


def described() -> list[dict[str, Any]]:
    """Return what the suite declares, as the events daemon tells it."""

    def items(of: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": item.name,
                "type": item.type.value,
                "nice_name": item.nice_name,
                "values": item.values,
            }
            for item in of
        ]

    return [
        {
            "topic": topic.name,
            "nice_name": topic.nice_name,
            "owner": "somebody",
            "source": items(topic.source),
            "data": items(topic.data),
            "state": topic.state,
            "application_data": topic.application_data,
            "deprecated": topic.deprecated,
            "client_event": topic.client_event,
        }
        for topic in declared(DAEMONS)
    ]


def named(tag: str) -> str:
    """Return the name of a level as people write it."""
    namespace, _, name = tag.rpartition("}")
    return f"{PREFIXES[namespace[1:]]}:{name}" if namespace else name


def levels(above: ElementTree.Element, path: str = "") -> dict[str, ElementTree.Element]:
    """Return every level of a topic tree by its path."""
    found: dict[str, ElementTree.Element] = {}
    for child in above:
        if not child.tag.startswith(AEV):
            name = f"{path}{named(child.tag)}"
            found |= {name: child, **levels(child, f"{name}/")}
    return found


def items_of(topic: ElementTree.Element, kind: str) -> list[dict[str, Any]]:
    """Return what a topic says of its items."""
    return [
        {
            "name": item.get("Name"),
            "type": item.get("Type"),
            "nice_name": item.get(f"{AEV}NiceName"),
            "values": {value.text: value.get(f"{AEV}NiceName") for value in item} or None,
            **({"state": True} if item.get("isPropertyState") == "true" else {}),
        }
        for item in topic.findall(f"{AEV}MessageInstance/{AEV}{kind}Instance/*")
    ]


def assert_as_recorded(ours: list[dict[str, Any]], recorded: list[dict[str, Any]]) -> None:
    """Hold our items against the recorded ones; we print more names for people, and no other ones."""
    assert [item["name"] for item in ours] == [item["name"] for item in recorded]
    for own, theirs in zip(ours, recorded, strict=True):
        assert own["type"] == theirs["type"]
        assert own.get("state") == theirs.get("state")
        assert theirs["nice_name"] in (None, own["nice_name"])
        if theirs["values"] is not None and own["name"] not in DIFFER:
            assert own["values"] is not None
            assert own["values"].keys() == theirs["values"].keys()
            for value, nice_name in theirs["values"].items():
                assert nice_name in (None, own["values"][value])


async def tree(edge: Edge) -> dict[str, ElementTree.Element]:
    """Ask for the topics."""
    put(edge, topics=described())
    reply = await ask(edge, f'<GetEventInstances xmlns="{EVENT}"/>', "vera")
    assert reply.status == 200
    assert [child.tag for child in reply.body] == [f"{WSTOP}TopicSet"]
    return levels(reply.body[0])


@pytest.mark.covers("M-EVT-04", part="which events there are, over VAPIX")
async def test_the_topics_are_declared_as_a_real_unit_does(edge: Edge) -> None:
    """Every topic that both have: its names, items, types, values and flags."""
    found = await tree(edge)
    both = found.keys() & RECORDED["topics"].keys()
    assert len(both) >= 8
    for path in both:
        ours, recorded = found[path], RECORDED["topics"][path]
        assert ours.get(f"{WSTOP}topic") == "true", path
        assert sorted(key for key in ours.attrib if "}" not in key) == recorded["attributes"], path
        assert recorded["nice_name"] in (None, ours.get(f"{AEV}NiceName")), path
        message = ours.find(f"{AEV}MessageInstance")
        assert message is not None
        stateful = {f"{AEV}isProperty": "true"} if recorded["stateful"] else {}
        assert message.attrib == stateful, path
        assert_as_recorded(items_of(ours, "Source"), recorded["source"])
        assert_as_recorded(items_of(ours, "Data"), recorded["data"])


async def test_the_levels_have_the_names_of_a_real_unit(edge: Edge) -> None:
    """What stands above the topics; a level is no topic."""
    found = await tree(edge)
    for path in found.keys() & RECORDED["levels"].keys():
        assert found[path].get(f"{AEV}NiceName") == RECORDED["levels"][path], path
        assert f"{WSTOP}topic" not in found[path].attrib
    assert {
        path: name for path, name in RECORDED["levels"].items() if name
    }.items() <= LEVELS.items()


async def test_every_declared_topic_is_in_the_tree(edge: Edge) -> None:
    """Under its own name, and with one state if it has one."""
    found = await tree(edge)
    for topic in declared(DAEMONS):
        element = found[topic.name]
        assert element.get(f"{WSTOP}topic") == "true"
        states = [item["name"] for item in items_of(element, "Data") if item.get("state")]
        assert states == ([topic.state] if topic.state else [])


async def test_a_topic_can_have_others_below_it(edge: Edge) -> None:
    """And be for programs, out of date, or about what a client did."""
    topic = {"topic": "tnsaxis:A", "nice_name": 'A "<&>"', "deprecated": True}
    below = {"topic": "tnsaxis:A/B/tns1:C", "nice_name": "C", "client_event": True}
    put(edge, topics=[below, topic])
    reply = await ask(edge, f'<GetEventInstances xmlns="{EVENT}"/>')
    found = levels(reply.body[0])
    assert list(found) == ["tnsaxis:A", "tnsaxis:A/B", "tnsaxis:A/B/tns1:C"]
    assert found["tnsaxis:A"].get(f"{AEV}NiceName") == 'A "<&>"'
    assert found["tnsaxis:A"].get("isDeprecated") == "true"
    assert found["tnsaxis:A/B/tns1:C"].get("client-event") == "true"
    assert f"{AEV}NiceName" not in found["tnsaxis:A/B"].attrib


@pytest.mark.parametrize(
    ("active", "number", "changed"),
    [("1", 64, "true"), ("true", 1, "true"), ("0", 3, "false"), ("false", 3, "false")],
)
async def test_virtual_inputs_change(edge: Edge, active: str, number: int, changed: str) -> None:
    """The names are in lower case; the answer tells whether anything changed."""
    order = f"<port>{number}</port><active>{active}</active>"
    reply = await ask(
        edge, f'<ChangeVirtualInputState xmlns="{EVENT}">{order}</ChangeVirtualInputState>'
    )
    assert reply.body.tag == f"{AEV}ChangeVirtualInputStateResponse"
    assert reply.body.findtext(f"{AEV}stateChanged") == changed
    assert edge.ioports.virtual[number - 1] == (active in ("1", "true"))


@pytest.mark.parametrize(
    "order",
    [
        "",
        "<port>1</port>",
        "<active>1</active>",
        "<port>1</port><port>2</port><active>1</active>",
        "<port>one</port><active>1</active>",
        "<port>-1</port><active>1</active>",
        "<port>٣</port><active>1</active>",
        "<port>99999999999</port><active>1</active>",
        "<port>65</port><active>1</active>",
        "<port>1</port><active>on</active>",
    ],
)
async def test_a_wrong_virtual_input_changes_nothing(edge: Edge, order: str) -> None:
    """And is a fault."""
    reply = await ask(
        edge, f'<ChangeVirtualInputState xmlns="{EVENT}">{order}</ChangeVirtualInputState>'
    )
    assert reply.fault[1] in ("ter:InvalidArgs", "ter:InvalidArgVal")
    assert edge.ioports.untouched


# --- schedules --------------------------------------------------------------------------------

LUNCH = "DTSTART:20111212T06:00 DTEND:20111212T09:00 RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
SCHEDULES = [
    {
        "schedule": {"name": "Office Hours", "icalendar": "A", "id": "com.axis.schedules.a"},
        "pulse": False,
        "factory": True,
        "active": True,
        "next": None,
    },
    {
        "schedule": {"name": "<P>", "icalendar": "DTSTART:1\r\nRRULE:2", "id": "b"},
        "pulse": True,
        "factory": False,
        "active": False,
        "next": 5.0,
    },
]


def new_event(inner: str) -> str:
    """Return the request that adds a scheduled event."""
    return f'<AddScheduledEvent xmlns="{EVENT}"><NewScheduledEvent>{inner}</NewScheduledEvent></AddScheduledEvent>'


def icalendar(text: str, dialect: str = "http://www.axis.com/vapix/ws/ical1") -> str:
    """Return a schedule."""
    return f'<Schedule><ICalendar Dialect="{dialect}">{text}</ICalendar></Schedule>'


@pytest.mark.covers("M-RCP-24", part="added over VAPIX")
async def test_a_scheduled_event_is_added(edge: Edge) -> None:
    """As documented; its text goes to the events daemon as it is."""
    put(edge, put_schedule="com.axis.schedules.genid.id-1")
    reply = await ask(edge, new_event(f"<Name>Lunch</Name>{icalendar(LUNCH)}"))
    assert reply.body.findtext(f"{AEV}EventID") == "com.axis.schedules.genid.id-1"
    method, (sent,) = edge.events.calls[-1]
    assert method == "put_schedule"
    assert json.loads(sent) == {"name": "Lunch", "icalendar": LUNCH, "id": ""}


async def test_an_id_can_be_chosen_once(edge: Edge) -> None:
    """There is no way to change a scheduled event here."""
    put(edge, put_schedule="mine", schedules=SCHEDULES)
    reply = await ask(edge, new_event(f"<EventID>mine</EventID>{icalendar(LUNCH)}"))
    assert reply.status == 200
    assert json.loads(edge.events.calls[-1][1][0])["id"] == "mine"
    reply = await ask(edge, new_event(f"<EventID>b</EventID>{icalendar(LUNCH)}"))
    assert reply.status == 400
    assert [name for name, _ in edge.events.calls].count("put_schedule") == 1


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<Name>a</Name>",
        "<Schedule/>",
        icalendar(LUNCH, "http://www.axis.com/vapix/ws/ical2"),
        f"<Name>{'a' * 129}</Name>{icalendar(LUNCH)}",
        icalendar(LUNCH) + icalendar(LUNCH),
    ],
)
async def test_a_schedule_of_the_wrong_form_is_refused(edge: Edge, inner: str) -> None:
    """Before the events daemon hears of it."""
    assert (await ask(edge, new_event(inner))).fault[1] == "ter:InvalidArgs"
    assert not edge.events.calls


@pytest.mark.parametrize("error", [InvalidValue("no RRULE"), Conflict("128 already")])
async def test_what_the_events_daemon_refuses_is_a_fault(edge: Edge, error: Exception) -> None:
    """In its own words."""
    put(edge, put_schedule=error)
    assert (await ask(edge, new_event(icalendar("x")))).fault[0] == str(error)


@pytest.mark.parametrize(
    ("inner", "ids"),
    [
        ("", ["com.axis.schedules.a", "b"]),
        ("<ScheduleFilter/>", ["com.axis.schedules.a", "b"]),
        (
            "<ScheduleFilter><ScheduleType>Interval</ScheduleType></ScheduleFilter>",
            ["com.axis.schedules.a"],
        ),
        ("<ScheduleFilter><ScheduleType>Pulse</ScheduleType></ScheduleFilter>", ["b"]),
    ],
)
@pytest.mark.covers("M-RCP-24", part="listed over VAPIX")
async def test_scheduled_events_are_listed(edge: Edge, inner: str, ids: list[str]) -> None:
    """All, or one kind; the text of each as it was given."""
    put(edge, schedules=SCHEDULES)
    reply = await ask(edge, f'<GetScheduledEvents xmlns="{EVENT}">{inner}</GetScheduledEvents>')
    events = reply.body.findall(f"{AEV}ScheduledEvents/{AEV}ScheduledEvent")
    assert [event.findtext(f"{AEV}EventID") for event in events] == ids
    if "b" in ids:
        assert events[-1].findtext(f"{AEV}Name") == "<P>"
        told = events[-1].find(f"{AEV}Schedule/{AEV}ICalendar")
        assert told is not None
        assert (told.text, told.get("Dialect")) == (
            "DTSTART:1\r\nRRULE:2",
            "http://www.axis.com/vapix/ws/ical1",
        )


async def test_there_are_two_kinds_of_schedules(edge: Edge) -> None:
    """Any other is a fault."""
    put(edge, schedules=SCHEDULES)
    inner = "<ScheduleFilter><ScheduleType>Sometimes</ScheduleType></ScheduleFilter>"
    reply = await ask(edge, f'<GetScheduledEvents xmlns="{EVENT}">{inner}</GetScheduledEvents>')
    assert reply.fault[1] == "ter:InvalidArgs"


async def test_a_scheduled_event_is_removed(edge: Edge) -> None:
    """The answer is empty; one that is not there, or in use, is a fault."""
    remove = f'<RemoveScheduledEvent xmlns="{EVENT}"><EventID>b</EventID></RemoveScheduledEvent>'
    put(edge, remove_schedule=None)
    reply = await ask(edge, remove)
    assert (reply.body.tag, list(reply.body)) == (f"{AEV}RemoveScheduledEventResponse", [])
    assert edge.events.calls == [("remove_schedule", ("b",))]
    put(edge, remove_schedule=NotFound("there is no schedule 'b'"))
    assert (await ask(edge, remove)).fault[0] == "there is no schedule 'b'"


# --- the entry service ------------------------------------------------------------------------


async def test_the_services_are_listed_with_their_addresses(edge: Edge) -> None:
    """Under the name by which the client has found the unit."""
    for argument, capabilities in (("", 0), ("<IncludeCapability>true</IncludeCapability>", 3)):
        reply = await ask(edge, f'<GetServices xmlns="{ENTRY}">{argument}</GetServices>', "vera")
        namespaces = [one.text for one in reply.body.iter(f"{{{ENTRY}}}Namespace")]
        assert namespaces == [ENTRY, EVENT, "http://www.axis.com/vapix/ws/action1"]
        addresses = {one.text for one in reply.body.iter(f"{{{ENTRY}}}XAddr")}
        assert addresses == {"https://192.168.0.90/vapix/services"}
        assert len(list(reply.body.iter(f"{{{ENTRY}}}Capabilities"))) == capabilities
    reply = await ask(edge, f'<GetServiceCapabilities xmlns="{ENTRY}"/>', "vera")
    assert reply.body.tag == f"{{{ENTRY}}}GetServiceCapabilitiesResponse"
