"""Events of the whole suite, as strangers' clients ask for them and hear of them."""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from axis.device import AxisDevice
from axis.models.configuration import Configuration
from axis.models.event import Event, EventTopic
from websockets.exceptions import InvalidStatus

from tests.contract.bare_http import port_of
from tests.contract.event_rig import (
    ALL,
    ENVELOPE,
    EVENT,
    SERVICES,
    VIRTUAL_INPUT,
    digest_of,
    set_virtual_input,
    slow_stream,
    soap,
    streaming,
    streaming_as,
)
from tests.contract.io_http_rig import as_new
from tests.suite import ROOT_PASSWORD, Unit, until

PORT = "tns1:Device/tnsaxis:IO/Port"
SLOW_FILTERS = 32
"""So many that each event is told so often: a slow reader's queue is full the sooner."""
GIVEN_UP = {0, 1008, 1011}
"""By the unit, because it fell behind, or because it does not even answer a ping."""


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """An administrator."""
    with unit.admin() as client:
        yield client


@asynccontextmanager
async def home_assistant(unit: Unit) -> AsyncIterator[AxisDevice]:
    """Be Home Assistant."""
    async with httpx.AsyncClient(timeout=20) as session:
        port = port_of(unit.http_url)
        yield AxisDevice(
            Configuration(session, "127.0.0.1", username="root", password=ROOT_PASSWORD, port=port)
        )


@pytest.mark.covers("M-EVT-04", part="the axis library finds out what can happen")
async def test_axis_finds_the_topics(unit: Unit) -> None:
    """By its own request, read by its own parser."""
    async with home_assistant(unit) as device:
        await device.vapix.initialize_event_instances()
        instances = device.vapix.event_instances
        virtual = instances[VIRTUAL_INPUT]
        assert (virtual.name, virtual.stateful) == ("Virtual input", True)
        assert virtual.is_available
        assert len(virtual.source["Value"]) == 64
        assert virtual.data["@isPropertyState"] == "true"
        assert instances["tns1:Device/Trigger/DigitalInput"].is_application_data
        assert instances["tnsaxis:MediaClip/CurrentlyPlaying"].stateless


async def test_axis_understands_the_stream(unit: Unit) -> None:
    """The exchange of its newer releases; what comes is given to the parser of the installed one."""
    heard: list[Event] = []
    with as_new(unit) as io, unit.admin() as admin:
        async with home_assistant(unit) as device:
            device.event.subscribe(heard.append, topic_filter=EventTopic.PORT_INPUT)
            with streaming_as(unit, admin) as stream:
                assert stream.configure(ALL) == {
                    "apiVersion": "1.0",
                    "context": "axis-py",
                    "method": "events:configure",
                    "data": {},
                }
                io.connect(0, circuit="closed")
                while not (heard and (heard[-1].id, heard[-1].is_tripped) == ("0", True)):
                    topic, source, data = stream.next()
                    kind, number = next(iter(source.items()), ("", ""))
                    what, value = next(iter(data.items()))
                    device.event.handler(
                        {
                            "topic": topic,
                            "source": kind,
                            "source_idx": number,
                            "type": what,
                            "value": value,
                        }
                    )
    assert {event.id for event in heard} == {"", "0", "1"}  # the first is the port -1, which is any
    assert [event.is_tripped for event in heard if event.id == "0"] == [False, True]


def test_a_virtual_input_is_changed_and_heard_of(unit: Unit, admin: httpx.Client) -> None:
    """Changed in SOAP, told in the stream, once for each filter that means it."""
    twice = (
        {"topicFilter": f"{VIRTUAL_INPUT}|{PORT}"},
        {"contentFilter": 'boolean(//SimpleItem[@Name="port" and @Value="9"])'},
    )
    with streaming_as(unit, admin) as stream:
        assert stream.configure(*twice)["data"] == {}
        assert set_virtual_input(admin, 9, True)
        for _ in range(2):
            stream.until_virtual_input(9, True)
        assert not set_virtual_input(admin, 9, True)
        assert set_virtual_input(admin, 9, False)
        for _ in range(2):
            stream.until_virtual_input(9, False)


def test_the_login_can_stand_in_the_upgrade(unit: Unit) -> None:
    """Digest over HTTP, Basic over HTTPS, as the unit asks for them; Basic is not taken over HTTP."""
    words = b64encode(f"root:{ROOT_PASSWORD}".encode()).decode()
    basic = {"Authorization": f"Basic {words}"}
    for encrypted, login in ((False, digest_of(unit, "root", ROOT_PASSWORD)), (True, basic)):
        with streaming(unit, encrypted=encrypted, headers=login) as stream:
            assert "data" in stream.configure(ALL)
            assert stream.next()[0].startswith("tns")
    for encrypted, wrong in ((False, basic), (False, {}), (True, {})):
        with (
            pytest.raises(InvalidStatus) as refused,
            streaming(unit, encrypted=encrypted, headers=wrong),
        ):
            pass
        assert refused.value.response.status_code == 401
        assert "WWW-Authenticate" in refused.value.response.headers


def test_the_stream_outlives_the_events_daemon(unit: Unit, admin: httpx.Client) -> None:
    """Killed at any moment it comes back, and what happens then is told."""
    with streaming_as(unit, admin) as stream:
        assert "data" in stream.configure({"topicFilter": VIRTUAL_INPUT})
        before = unit.processes()["events"]
        unit.kill("events")
        until("another process", lambda: unit.processes().get("events", before) != before)
        assert set_virtual_input(admin, 11, True)
        stream.until_virtual_input(11, True)
        assert set_virtual_input(admin, 11, False)
        stream.until_virtual_input(11, False)


def test_a_stream_ends_with_its_account(unit: Unit, admin: httpx.Client) -> None:
    """Which may listen as a viewer, and no longer when it is gone."""
    account = {"user": "walter", "pwd": "a password of theirs", "grp": "users", "sgrp": "viewer"}
    admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "add", **account})
    with unit.user("walter", account["pwd"]) as walter, streaming_as(unit, walter) as stream:
        assert "data" in stream.configure({"topicFilter": VIRTUAL_INPUT})
        admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": "walter"})
        assert stream.ended() == 1008


def test_who_does_not_read_harms_nobody(unit: Unit, admin: httpx.Client) -> None:
    """They are given up; whoever reads hears everything."""
    said = unit.state / "log" / "http.log"
    wanted = {"contentFilter": 'boolean(//SimpleItem[@Name="port" and @Value="12"])'}
    with slow_stream(unit, "root", ROOT_PASSWORD) as slow, streaming_as(unit, admin) as good:
        assert "data" in slow.configure(*[wanted] * SLOW_FILTERS)
        assert "data" in good.configure(wanted)
        for _ in range(1500):  # the kernel takes some megabytes before anything has to wait
            for active in (True, False):
                assert set_virtual_input(admin, 12, active)
                good.until_virtual_input(12, active)
            if "cannot keep up" in said.read_text():
                break
        assert slow.ended() in GIVEN_UP
        assert set_virtual_input(admin, 12, True)
        good.until_virtual_input(12, True)
        assert set_virtual_input(admin, 12, False)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"<a>" * 80_000, {400}),
        (b"<a>" * 3_500_000, {413}),
        (b'<!DOCTYPE l [<!ENTITY a "ha">]><l>&a;</l>', {400}),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', {400}),
        (b"\xff\xfe\x00", {400}),
        (b"", {400}),
    ],
)
def test_hostile_messages_are_refused(admin: httpx.Client, body: bytes, status: set[int]) -> None:
    """And the unit answers the next one."""
    answer = admin.post(SERVICES, content=body)
    assert answer.status_code in status
    assert len(answer.content) < 4000
    told = soap(admin, f'<GetEventInstances xmlns="{EVENT}"/>')
    assert told.tag != f"{{{ENVELOPE}}}Fault"


def test_the_services_are_found(admin: httpx.Client) -> None:
    """By API discovery, by the parameters, and by the entry service under the address that was used."""
    question = {"apiVersion": "1.0", "method": "getApiList"}
    listed = admin.post("/axis-cgi/apidiscovery.cgi", json=question).json()["data"]["apiList"]
    found = {one["id"]: (one["version"], one["name"]) for one in listed}
    assert found["event-streaming-over-websocket"] == ("1.0", "Event Streaming over WebSocket")
    told = admin.get("/axis-cgi/param.cgi?action=list&group=Properties.API.WebService").text
    assert "root.Properties.API.WebService.EntryService=yes" in told
    assert "root.Properties.API.WebService.WebService=yes" in told
    services = soap(admin, '<GetServices xmlns="http://www.axis.com/vapix/ws/entry"/>')
    addresses = {one.text for one in services.iter("{http://www.axis.com/vapix/ws/entry}XAddr")}
    assert addresses == {f"{str(admin.base_url).rstrip('/')}{SERVICES}"}
