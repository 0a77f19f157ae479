"""The SOAP endpoint: any client's way of asking, and one form of answer (VAPIX events page 1)."""

import pytest

from common.errors import Conflict, Unavailable
from tests.unit.http.edge import Edge
from tests.unit.http.soap import ACTION, ENVELOPE, EVENT, PATH, ask, envelope, put, send
from tests.unit.http.test_soap_reader import HOSTILE

ADDRESSING = "http://www.w3.org/2005/08/addressing"
GET = f'<GetEventInstances xmlns="{EVENT}"/>'
OFF = (
    f'<e:ChangeVirtualInputState xmlns:e="{EVENT}"><e:port>3</e:port>'
    "<e:active>0</e:active></e:ChangeVirtualInputState>"
)
FORMS = {
    "default namespaces": envelope(GET),
    "an empty header": envelope(GET, "<Header/>"),
    "prefixes": f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body>'
    f'<x:GetEventInstances xmlns:x="{EVENT}"/></s:Body></s:Envelope>',
    "a declaration and white space": f'<?xml version="1.0" encoding="utf-8"?>\n{envelope(f" {GET} ")}\n',
    "addressing": envelope(
        GET,
        f'<Header><a:Action xmlns:a="{ADDRESSING}" xmlns:s="{ENVELOPE}" s:mustUnderstand="1">x</a:Action></Header>',
    ),
}
TYPES = [
    "application/soap+xml; action=http://www.axis.com/vapix/ws/event1/GetEventInstances; Charset=UTF-8",
    "application/soap+xml; charset=utf-8",
    "text/xml",
    "text/plain; charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "",
]


@pytest.mark.parametrize("message", FORMS.values(), ids=FORMS)
async def test_every_form_of_a_message_is_understood(edge: Edge, message: str) -> None:
    """With a header or without, whatever the prefixes."""
    put(edge, topics=[])
    reply = await send(edge, message)
    assert reply.status == 200, reply.text
    assert reply.body.tag == f"{{{EVENT}}}GetEventInstancesResponse"


@pytest.mark.parametrize("content_type", TYPES)
async def test_the_content_type_does_not_matter(edge: Edge, content_type: str) -> None:
    """The body says what is asked."""
    put(edge, topics=[])
    headers = {"Content-Type": content_type}
    answer = await edge.ask("POST", PATH, body=envelope(GET), headers=headers, login="vera")
    assert answer.status == 200
    assert answer.header("content-type") == "application/soap+xml; charset=utf-8"
    assert answer.text.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope xmlns:'
    )
    head, _, rest = answer.text.partition("<SOAP-ENV:Body>")
    assert f'xmlns:aev="{EVENT}"' in head
    assert rest.startswith("<aev:GetEventInstancesResponse><wstop:TopicSet>")
    assert "xmlns" not in rest


@pytest.mark.parametrize(
    ("message", "sub_code"),
    [
        ("", "ter:WellFormed"),
        ("<a/>", "ter:WellFormed"),
        ("<Envelope/>", "ter:WellFormed"),
        (f'<Body xmlns="{ENVELOPE}">{GET}</Body>', "ter:WellFormed"),
        (f'<Envelope xmlns="{ENVELOPE}"/>', "ter:WellFormed"),
        (f'<Envelope xmlns="{ENVELOPE}"><Header/></Envelope>', "ter:WellFormed"),
        (f'<Envelope xmlns="{ENVELOPE}"><Body/></Envelope>', "ter:WellFormed"),
        (f'<Envelope xmlns="{ENVELOPE}"><Body/><Body>{GET}</Body></Envelope>', "ter:WellFormed"),
        (f'<Envelope xmlns="{ENVELOPE}"><Body>{GET}</Body><Header/></Envelope>', "ter:WellFormed"),
        (f'<Envelope xmlns="{ENVELOPE}"><x/><Body>{GET}</Body></Envelope>', "ter:WellFormed"),
        (envelope(OFF + OFF), "ter:WellFormed"),
        (envelope("<GetEventInstances/>"), "ter:ActionNotSupported"),
        (envelope(f'<GetEventInstances xmlns="{ACTION}"/>'), "ter:ActionNotSupported"),
        (envelope(f'<getEventInstances xmlns="{EVENT}"/>'), "ter:ActionNotSupported"),
    ],
)
async def test_what_is_no_question_is_a_fault(edge: Edge, message: str, sub_code: str) -> None:
    """Two bodies, none, the wrong place, the wrong name."""
    reply = await send(edge, message)
    assert reply.fault[1] == sub_code
    assert edge.ioports.untouched


async def test_what_cannot_be_understood_is_named(edge: Edge) -> None:
    """SOAP 1.1, and a header that insists."""
    older = "http://schemas.xmlsoap.org/soap/envelope/"
    reply = await send(edge, f'<Envelope xmlns="{older}"><Body>{GET}</Body></Envelope>')
    assert "<SOAP-ENV:Value>SOAP-ENV:VersionMismatch</SOAP-ENV:Value>" in reply.text
    insists = f'<Header><x xmlns="u" xmlns:s="{ENVELOPE}" s:mustUnderstand="true"/></Header>'
    reply = await send(edge, envelope(GET, insists))
    assert "<SOAP-ENV:Value>SOAP-ENV:MustUnderstand</SOAP-ENV:Value>" in reply.text
    assert reply.status == 400


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_documents_are_faults(edge: Edge, document: str) -> None:
    """Each is a fault, or too large to be looked at; none is echoed back."""
    reply = await send(edge, document)
    if len(document.encode()) > 256 * 1024:
        assert reply.status == 413
    else:
        assert reply.fault[1] in ("ter:WellFormed", "ter:ActionNotSupported")
    assert len(reply.text) < 2500


async def test_a_body_of_ten_megabytes_is_not_taken(edge: Edge) -> None:
    """Announced or in pieces."""
    reply = await send(edge, b"<a>" + b"b" * 10_000_000)
    assert reply.status == 413
    pieces = [b"<a>" * 1000] * 4000
    answer = await edge.ask(
        "POST", PATH, body=pieces, headers={"Content-Length": ""}, login="oscar"
    )
    assert answer.status == 413


async def test_everything_needs_its_role(edge: Edge) -> None:
    """Whoever has an account may read what can happen, an operator may set a virtual input; rules are for an admin."""
    put(edge, topics=[])
    assert (await ask(edge, GET, None)).status == 401
    assert (await ask(edge, GET, "vera")).status == 200
    assert (await ask(edge, OFF, "vera")).status == 403
    assert (await ask(edge, f'<GetActionRules xmlns="{ACTION}"/>', "vera")).status == 403
    remove = f'<RemoveActionRule xmlns="{ACTION}"><RuleID>1</RuleID></RemoveActionRule>'
    assert (await ask(edge, remove, "oscar")).status == 403
    assert edge.ioports.untouched
    assert (await ask(edge, OFF)).status == 200


async def test_another_site_asks_for_nothing(edge: Edge) -> None:
    """A form of another site can post a text that is a message, with the login that the browser adds."""
    session = {"Cookie": (await edge.log_in("oscar"))["Cookie"], "Content-Type": "text/plain"}
    foreign = {**session, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for headers in (foreign, session):
        answer = await edge.ask("POST", PATH, body=envelope(OFF), headers=headers)
        assert answer.status == 403
    assert edge.ioports.untouched


async def test_a_daemon_that_is_away_is_the_units_fault(edge: Edge) -> None:
    """So is what would work at another time."""
    reply = await ask(edge, GET)
    assert reply.fault == ("the events daemon is away", "ter:Action", "")
    assert "SOAP-ENV:Receiver" in reply.text
    put(edge, topics=Unavailable("later"))
    assert "SOAP-ENV:Receiver" in (await ask(edge, GET)).text
    put(edge, put_recipient=Conflict("there are 20 already"))
    recipient = (
        "<NewRecipientConfiguration><TemplateToken>a</TemplateToken></NewRecipientConfiguration>"
    )
    add = f'<AddRecipientConfiguration xmlns="{ACTION}">{recipient}</AddRecipientConfiguration>'
    assert (await ask(edge, add)).fault[0] == "there are 20 already"


async def test_only_post_is_a_question(edge: Edge) -> None:
    """A link asks nothing."""
    assert (await edge.ask("GET", PATH, login="oscar")).status == 405
