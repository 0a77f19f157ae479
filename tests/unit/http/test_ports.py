"""The text and XML CGIs of I/O ports, virtual inputs and the manual trigger."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from common.bus.ioports import PortChange
from common.errors import Unavailable
from tests.unit.http.edge import Answer, Edge
from tests.unit.http.fake_ioports import port_view

PORT = "/axis-cgi/io/port.cgi"
INPUT = "/axis-cgi/io/input.cgi"
OUTPUT = "/axis-cgi/io/output.cgi"
TRIGGER = "/axis-cgi/io/virtualinput.cgi"
ACTIVATE = "/axis-cgi/virtualinput/activate.cgi"
DEACTIVATE = "/axis-cgi/virtualinput/deactivate.cgi"
VERSIONS = "/axis-cgi/virtualinput/getschemaversions.cgi"
PULSES = [("active", 300), ("inactive", 500), ("active", 300), ("inactive", 0)]


async def get(edge: Edge, target: str, login: str = "vera") -> Answer:
    """Ask as a viewer."""
    return await edge.ask("GET", target, login=login)


# --- port.cgi and its halves ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (f"{PORT}?check=1", "port1=1\n"),
        (f"{PORT}?check=1,2", "port1=1\nport2=0\n"),
        (f"{PORT}?check=2%2C1", "port2=0\nport1=1\n"),
        (f"{PORT}?checkactive=2", "port2=inactive\n"),
        (f"{PORT}?checkactive=1,2&unknown=1", "port1=active\nport2=inactive\n"),
        (f"{PORT}?checkdirection=1,2", "port1=input\nport2=output\n"),
        (f"{INPUT}?check=1", "input1=1\n"),
        (f"{INPUT}?checkactive=1", "input1=active\n"),
        (f"{OUTPUT}?check=2", "output2=0\n"),
        (f"{OUTPUT}?checkactive=2", "output2=inactive\n"),
        (f"/axis-cgi/view{PORT.removeprefix('/axis-cgi')}?check=1", "port1=1\n"),
    ],
)
async def test_ports_are_asked_about(edge: Edge, target: str, text: str) -> None:
    """A line for each, in the order asked for, as plain text; by GET and by POST."""
    answer = await get(edge, target)
    assert (answer.status, answer.text) == (200, text)
    assert answer.header("content-type") == "text/plain"
    path, _, query = target.partition("?")
    posted = await edge.ask("POST", path, body=query, login="vera")
    assert posted.text == text


async def test_a_closed_circuit_can_be_the_normal_one(edge: Edge) -> None:
    """The electrical state and the logical one are two things."""
    edge.ioports.views[0] = port_view(0, state="closed", normal_state="closed")
    assert (await get(edge, f"{PORT}?check=1")).text == "port1=1\n"
    assert (await get(edge, f"{PORT}?checkactive=1")).text == "port1=inactive\n"


@pytest.mark.parametrize("action", ["2:/300\\500/300\\", quote("2:/300\\500/300\\", safe="")])
@pytest.mark.parametrize("cgi", [PORT, OUTPUT])
async def test_an_action_is_a_sequence(edge: Edge, cgi: str, action: str) -> None:
    """Percent-encoded or not; the answer is empty."""
    answer = await get(edge, f"{cgi}?action={action}")
    assert (answer.status, answer.text) == (200, "")
    assert edge.ioports.sequences == [(1, PULSES)]


@pytest.mark.parametrize("action", ["/300\\500/300\\", ":/300\\500/300\\"])
async def test_a_port_left_out_is_the_first_output(edge: Edge, action: str) -> None:
    """Whichever terminal that is."""
    assert (await get(edge, f"{PORT}?action={quote(action, safe='')}")).status == 200
    assert edge.ioports.sequences == [(1, PULSES)]
    edge.ioports.views[1] = port_view(1)
    answer = await get(edge, f"{PORT}?action=/")
    assert (answer.status, "no port is an output" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("normal", "action", "state"),
    [
        ("open", "/", "closed"),
        ("open", "\\", "open"),
        ("closed", "/", "open"),
        ("closed", "\\", "closed"),
    ],
)
async def test_a_single_state_is_set(edge: Edge, normal: str, action: str, state: str) -> None:
    """Active is what is not normal; it ends a sequence that runs."""
    edge.ioports.views[1] = port_view(1, "output", normal_state=normal)
    edge.ioports.ongoing = True
    assert (await get(edge, f"{PORT}?action=2%3A{quote(action, safe='')}")).status == 200
    assert edge.ioports.set == [PortChange(port=1, state=state)]


async def test_a_newer_sequence_replaces_one_that_runs(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client that asks last decides."""
    edge.ioports.ongoing = True
    set_ports = edge.ioports.set_ports

    async def ends_it(changes: str, who: str) -> str:
        edge.ioports.ongoing = False
        return await set_ports(changes, who)

    monkeypatch.setattr(edge.ioports, "set_ports", ends_it)
    assert (await get(edge, f"{PORT}?action=2:/300\\500/300\\")).status == 200
    assert edge.ioports.set == [PortChange(port=1, state="closed")]
    assert edge.ioports.sequences == [(1, PULSES)]


async def test_all_who_ask_at_once_are_served(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each replaces the one before it, and none is told that it came too late."""
    set_ports, run_sequence = edge.ioports.set_ports, edge.ioports.run_sequence

    async def ends_it(changes: str, who: str) -> str:
        await asyncio.sleep(0)
        edge.ioports.ongoing = False
        return await set_ports(changes, who)

    async def runs(port: int, steps: Sequence[tuple[str, int]]) -> None:
        await asyncio.sleep(0)
        await run_sequence(port, steps)
        edge.ioports.ongoing = True

    monkeypatch.setattr(edge.ioports, "set_ports", ends_it)
    monkeypatch.setattr(edge.ioports, "run_sequence", runs)
    target = f"{PORT}?action=2:/300\\500/300\\"
    answers = await asyncio.gather(*(get(edge, target) for _ in range(10)))
    assert [answer.status for answer in answers] == [200] * 10
    assert edge.ioports.sequences == [(1, PULSES)] * 10


@pytest.mark.parametrize("action", ["/", "/300\\"])
async def test_an_output_that_turns_into_an_input_meanwhile_is_not_set(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """The client hears of it."""
    ports = edge.ioports.ports

    async def turned() -> str:
        told = await ports()
        edge.ioports.views[1] = port_view(1)
        return told

    monkeypatch.setattr(edge.unit.port_watch, "_ask", turned)
    assert (await get(edge, f"{PORT}?action=2%3A{quote(action, safe='')}")).status == 400
    assert not edge.ioports.sequences


@pytest.mark.parametrize(
    "query",
    [
        "",
        "check=",
        "check=0",
        "check=3",
        "check=-1",
        "check=1,",
        "check=,",
        "check=a",
        "check=²",
        "check=\uff11",
        "check=1.0",
        "check=99999",
        "check=" + ",".join(["1"] * 65),
        "check=1&checkactive=1",
        "check=1&action=2:/",
        "monitor=3",
        "monitor=1,2",
        "monitor=",
        "action=",
        "action=2",
        "action=2:",
        "action=2:x",
        "action=2:/300",
        "action=2:300/",
        "action=2:/-1\\",
        "action=2:/1.5\\",
        "action=2:/65536\\",
        "action=2:/1e3\\",
        "action=2:/٣\\",
        "action=2:/ \\",
        "action=2:/" + "9" * 400 + "\\",
        "action=1:/",
        "action=0:/",
        "action=3:/",
        "action=-1:/",
        "action=99999:/",
        "action=2:/2:/",
        "action=2%253A%252F",
        "action=2:/%00",
    ],
)
async def test_a_bad_argument_is_400_and_does_nothing(edge: Edge, query: str) -> None:
    """With a line that says why."""
    answer = await get(edge, f"{PORT}?{quote(query, safe='=&%')}")
    assert (answer.status, edge.ioports.untouched) == (400, True)
    assert str(answer.header("content-type")).startswith("text/plain")
    assert len(answer.text.splitlines()) == 2


async def test_a_sequence_has_an_end(edge: Edge) -> None:
    """A thousand steps, and no more."""
    longest = "action=2:" + "/1\\1" * 499 + "/1\\"
    assert (await edge.ask("POST", PORT, body=longest, login="vera")).status == 200
    assert len(edge.ioports.sequences[0][1]) == 1000
    for steps in (501, 5000):
        answer = await edge.ask("POST", PORT, body="action=2:" + "/1\\1" * steps, login="vera")
        assert answer.status == 400
    answer = await edge.ask("POST", PORT, body="action=2:" + "/1\\1" * 501 + "/", login="vera")
    assert (answer.status, "1000 steps" in answer.text) == (400, True)
    assert len(edge.ioports.sequences) == 1


@pytest.mark.parametrize(
    "target",
    [f"{INPUT}?check=2", f"{INPUT}?monitor=2", f"{OUTPUT}?check=1", f"{INPUT}?action=1:/"],
)
async def test_the_obsolete_halves_know_their_own_ports(edge: Edge, target: str) -> None:
    """An output is no input."""
    answer = await get(edge, target)
    assert (answer.status, edge.ioports.untouched) == (400, True)


async def test_a_daemon_that_is_away_is_not_the_clients_fault(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, or in XML the code of an internal error."""

    async def away(*_arguments: object) -> None:
        raise Unavailable("the ioports daemon is away")

    monkeypatch.setattr(edge.ioports, "run_sequence", away)
    monkeypatch.setattr(edge.ioports, "set_virtual_input", away)
    assert (await get(edge, f"{PORT}?action=2:/1\\")).status == 503
    answer = await get(edge, f"{ACTIVATE}?schemaversion=1&port=1", "oscar")
    assert (answer.status, error_code(answer)) == (200, 40)


# --- virtual inputs ---------------------------------------------------------------------------


def bare(element: ElementTree.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def error_code(answer: Answer) -> int:
    """Return the code of an error."""
    root = ElementTree.fromstring(answer.content)
    assert [bare(one) for one in root.iter()][:3] == [
        "VirtualInputResponse",
        "Error",
        "GeneralError",
    ]
    return next(int(one.text or "") for one in root.iter() if bare(one) == "ErrorCode")


@pytest.mark.parametrize(
    ("query", "duration_s"),
    [("", -1.0), ("&duration=0", 0.0), ("&duration=30", 30.0), ("&duration=0.25", 0.25)],
)
async def test_a_virtual_input_is_activated(edge: Edge, query: str, duration_s: float) -> None:
    """In the documented words; whether it changed anything is told."""
    answer = await get(edge, f"{ACTIVATE}?schemaversion=1&port=64{query}", "oscar")
    assert answer.status == 200
    assert answer.header("content-type") == "text/xml"
    assert answer.text == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<VirtualInputResponse xmlns="http://www.axis.com/vapix/http_cgi/virtualinput1" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" SchemaVersion="1.1" '
        'xsi:schemaLocation="http://www.axis.com/vapix/http_cgi/virtualinput1 '
        'http://www.axis.com/vapix/http_cgi/virtualinput1_0.xsd">\n'
        "  <Success><ActivateSuccess><StateChanged>true</StateChanged></ActivateSuccess></Success>\n"
        "</VirtualInputResponse>\n"
    )
    assert (edge.ioports.virtual[63], edge.ioports.durations) == (True, [duration_s])
    again = await edge.ask("POST", ACTIVATE, body="schemaversion=1&port=64", login="oscar")
    assert "<StateChanged>false</StateChanged>" in again.text


async def test_a_virtual_input_is_deactivated(edge: Edge) -> None:
    """Likewise."""
    edge.ioports.virtual[4] = True
    target = f"{DEACTIVATE}?schemaversion=1&port=5"
    first, second = await get(edge, target, "oscar"), await get(edge, target, "oscar")
    assert "<DeactivateSuccess><StateChanged>true</StateChanged></DeactivateSuccess>" in first.text
    assert "<StateChanged>false</StateChanged>" in second.text
    assert not any(edge.ioports.virtual)


async def test_the_schema_versions_are_told(edge: Edge) -> None:
    """There is one."""
    answer = await get(edge, VERSIONS, "oscar")
    found = {bare(one): one.text for one in ElementTree.fromstring(answer.content).iter()}
    assert found["MajorVersion"] == "1"
    assert found["MinorVersion"] == "1"
    assert found["Deprecated"] == "false"
    assert "GetSchemaVersionsSuccess" in found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", 10),
        ("port=1", 10),
        ("schemaversion=1", 10),
        ("schemaversion=&port=1", 10),
        ("schemaversion=1&port=", 10),
        ("schemaversion=2&port=1", 30),
        ("schemaversion=x&port=1", 30),
        ("schemaversion=\uff11&port=1", 30),
        ("schemaversion=2&port=99", 30),
        ("schemaversion=1&port=0", 20),
        ("schemaversion=1&port=65", 20),
        ("schemaversion=1&port=-1", 20),
        ("schemaversion=1&port=1.5", 20),
        ("schemaversion=1&port=<b>", 20),
        ("schemaversion=1&port=\x01\x1b\r\n]]>", 20),
        ("schemaversion=1&port=" + "9" * 400, 20),
        ("schemaversion=1&port=1&duration=", 50),
        ("schemaversion=1&port=1&duration=-1", 50),
        ("schemaversion=1&port=1&duration=nan", 50),
        ("schemaversion=1&port=1&duration=inf", 50),
        ("schemaversion=1&port=1&duration=1e3", 50),
        ("schemaversion=1&port=1&duration=" + "9" * 40, 50),
    ],
)
async def test_a_bad_activation_has_its_code(edge: Edge, query: str, code: int) -> None:
    """HTTP 200 with an error in XML; nothing is activated."""
    answer = await get(edge, f"{ACTIVATE}?{quote(query, safe='=&')}", "oscar")
    assert (answer.status, error_code(answer)) == (200, code)
    assert edge.ioports.untouched


@pytest.mark.parametrize("path", [ACTIVATE, DEACTIVATE, VERSIONS])
async def test_virtual_inputs_are_for_operators(edge: Edge, path: str) -> None:
    """A viewer is refused, a stranger asked to log in."""
    assert (await get(edge, f"{path}?schemaversion=1&port=1", "vera")).status == 403
    assert (await edge.ask("GET", f"{path}?schemaversion=1&port=1")).status == 401
    assert edge.ioports.untouched


# --- the manual trigger -----------------------------------------------------------------------


@pytest.mark.parametrize("action", ["6%3A%2F2000%5C", "6:/2000\\", ":/2000\\"])
async def test_the_manual_trigger_is_run(edge: Edge, action: str) -> None:
    """By a viewer; the answer is empty."""
    answer = await get(edge, f"{TRIGGER}?action={action}")
    assert (answer.status, answer.text) == (200, "")
    assert answer.header("content-type") == "text/plain"
    assert edge.ioports.triggers == [[("active", 2000), ("inactive", 0)]]


async def test_an_input_is_pretended_to_be_active(edge: Edge) -> None:
    """By the number of its terminal; an output cannot be."""
    assert (await get(edge, f"{TRIGGER}?action=1:/500\\")).text == ""
    assert edge.ioports.pretended == [(0, [("active", 500), ("inactive", 0)])]
    assert (await get(edge, f"{TRIGGER}?action=2:/")).status == 400
    assert len(edge.ioports.pretended) == 1
    assert not edge.ioports.triggers
    assert not edge.ioports.sequences


@pytest.mark.parametrize(
    "action", ["0:/", "2:/", "3:/", "7:/", "64:/", "-6:/", "6:", "6:/99999\\", "6"]
)
async def test_what_is_no_trigger_is_refused(edge: Edge, action: str) -> None:
    """400, and nothing is run."""
    assert (await get(edge, f"{TRIGGER}?action={quote(action)}")).status == 400
    assert edge.ioports.untouched


# --- what is declared -------------------------------------------------------------------------


async def test_strangers_get_nothing(edge: Edge) -> None:
    """Every one of these asks for a login."""
    for path in (PORT, INPUT, OUTPUT, TRIGGER):
        for query in ("check=1", "monitor=1", "action=2:/", "action=6:/"):
            assert (await edge.ask("GET", f"{path}?{query}")).status == 401
    assert edge.ioports.untouched
