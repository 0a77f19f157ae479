"""`/vapix/call`: the forms of requests and answers, roles and faults."""

import json
import logging
from typing import Any, cast
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.bus.sip import SipInterface
from common.errors import Conflict, InvalidValue, NotSupported, Unavailable
from common.params.kinds import Access
from daemons.http.vapix.call.endpoint import api
from tests.unit.http.call_service import (
    FAILED,
    INVALID,
    MISSING,
    NOT_FOUND,
    NOT_SUPPORTED,
    PATH,
    ask,
    fault,
    parts,
    send,
    simply,
    told_simply,
)
from tests.unit.http.edge import Edge, make_edge
from tests.unit.http.fake_sip import AbsentSip

COMMANDS = [one.name.removeprefix("axcall:") for one in api.description.operations]
DOCUMENTED = {
    "GetServiceCapabilities",
    "Call",
    "TerminateCall",
    "GetCallStatus",
    "GetCallStatuses",
    "GetSIPConfiguration",
    "SetSIPConfiguration",
    "GetSupportedSIPConfigurationAttributes",
    "GetSupportedSIPAccountAttributes",
    "GetSIPAccountStatus",
    "GetSIPAccountStatuses",
    "GetSupportedMediaEncryptionModes",
    "GetVMSCallConfiguration",
    "SetVMSCallConfiguration",
    "GetDefaultAudioCodecs",
    "GetSupportedAudioCodecs",
    "GetAudioCodecs",
    "SetAudioCodecs",
    *(
        f"{verb}{kind}{many}"
        for verb in ("Get", "Set", "Remove")
        for kind in ("SIPAccount", "DTMFConfiguration", "DTMFEvent", "DTMFTrigger")
        for many in ("", "s")
    ),
}


def test_every_documented_command_is_there_and_no_other() -> None:
    """The table of the reference; there is no command to answer a call."""
    assert set(COMMANDS) == DOCUMENTED
    assert len(COMMANDS) == len(DOCUMENTED)


async def test_a_command_needs_no_namespace(edge: Edge) -> None:
    """Some clients leave it out; none may have another."""
    for name in ("axcall:GetSIPAccounts", "GetSIPAccounts"):
        assert (await ask(edge, name))["SIPAccount"]
    assert await fault(edge, "axast:GetSIPAccounts") == NOT_SUPPORTED


async def test_the_content_type_does_not_matter(edge: Edge) -> None:
    """The documents' own curl commands send JSON as a form."""
    for kind in ("", "application/json", "application/x-www-form-urlencoded", "text/plain"):
        body = '{"axcall:GetCallStatuses":{}}'
        headers = {"Content-Type": kind}
        answer = await edge.ask("POST", PATH, body=body, login="root", headers=headers)
        assert (answer.status, answer.json()) == (200, {"CallStatus": []})


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"axcall:Call"}',
        '{"axcall:Call": 1}',
        '{"axcall:Call": []}',
        '{"axcall:GetCallStatuses": {}, "axcall:GetSIPAccounts": {}}',
        '{"axcall:Call": {"To": "\\ud800"}}',
        '{"axcall:Call":' + '{"a":' * 50_000,
        '{"axcall:Call": {"To":' + "[" * 5000 + "]" * 5000 + "}}",
        "\xff",
    ],
)
async def test_what_is_no_command_is_a_fault(edge: Edge, body: str) -> None:
    """Whatever it is, however deep."""
    answer = await edge.ask("POST", PATH, body=body.encode("latin-1"), login="root")
    assert answer.status == 400
    assert parts(answer.json())[0] == "env:Sender"
    assert edge.sip.untouched


@pytest.mark.parametrize("field", ["SIPProxies", "Attribute", "UserId", "Unknown"])
async def test_what_lies_deep_is_no_bug(edge: Edge, field: str) -> None:
    """Just as deep as can be read, in lists and in objects."""
    for depth in range(100, 1100, 20):
        for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            body = f'{{"axcall:SetSIPAccount":{{"SIPAccount":{{"{field}":{deep}}}}}}}'
            answer = await edge.ask("POST", PATH, body=body, login="root")
            assert answer.status in ((200, 400) if field == "Unknown" else (400,))


async def test_a_body_has_a_limit(edge: Edge) -> None:
    """What is larger is not read to its end."""
    body = b'{"axcall:Call":{"To":"' + b"x" * (256 * 1024) + b'"}}'
    answer = await edge.ask("POST", PATH, body=body, login="root")
    assert (answer.status, parts(answer.json())) == (400, INVALID)
    assert "262144" in answer.json()["FaultReason"]


@pytest.mark.parametrize(
    ("command", "arguments", "expected", "named"),
    [
        ("Call", {}, MISSING, "To"),
        ("Call", {"To": None}, MISSING, "To"),
        ("Call", {"To": 5}, INVALID, "To"),
        ("Call", {"To": "a\0b"}, INVALID, "NUL"),
        ("Call", {"To": "sip:a", "SIPAccountId": ["a"]}, INVALID, "SIPAccountId"),
        ("Call", {"To": "sip:a", "SIPAccountId": "nobody"}, NOT_FOUND, "nobody"),
        ("TerminateCall", {}, MISSING, "CallId"),
        ("TerminateCall", {"CallId": "x"}, NOT_FOUND, "x"),
        ("GetCallStatus", {"CallId": "x"}, NOT_FOUND, "x"),
        ("GetCallStatuses", {"CallId": {"a": 1}}, INVALID, "CallId"),
        ("GetSIPAccount", {"SIPAccountId": "x"}, NOT_FOUND, "x"),
        ("GetSIPAccountStatus", {"SIPAccountId": "x"}, NOT_FOUND, "x"),
        ("GetDTMFTrigger", {"DTMFTriggerId": "x"}, NOT_FOUND, "x"),
        ("SetSIPAccount", {}, MISSING, "SIPAccount"),
        ("SetSIPAccount", {"SIPAccount": []}, INVALID, "SIPAccount"),
        ("SetSIPAccounts", {"SIPAccount": {}}, INVALID, "SIPAccount"),
        ("SetSIPAccount", {"SIPAccount": {"Id": []}}, INVALID, "Id"),
        ("SetSIPAccount", {"SIPAccount": {"UserId": 1001}}, INVALID, "UserId"),
        ("SetSIPAccount", {"SIPAccount": {"Transport": "sctp"}}, INVALID, "Transport"),
        ("SetSIPAccount", {"SIPAccount": {"SIPProxies": [{}]}}, MISSING, "Server"),
        ("SetSIPAccount", {"SIPAccount": {"SIPProxies": "a"}}, INVALID, "SIPProxies"),
        ("SetSIPAccount", {"SIPAccount": {"Attribute": [{"Value": 1}]}}, MISSING, "Name"),
        ("SetSIPConfiguration", {}, MISSING, "SIPConfiguration"),
        ("SetSIPConfiguration", {"SIPConfiguration": {"SIPPort": 80}}, INVALID, "SIPPort"),
        ("SetSIPConfiguration", {"SIPConfiguration": {"SIPPort": "x"}}, INVALID, "SIPPort"),
        ("SetSIPConfiguration", {"SIPConfiguration": {"SIPEnabled": 2}}, INVALID, "SIPEnabled"),
        ("SetSIPConfiguration", {"SIPConfiguration": {"AllowedURIs": 1}}, INVALID, "AccessList"),
        (
            "SetSIPConfiguration",
            {"SIPConfiguration": {"Attribute": [{"Name": "MaxCallDuration", "Value": "x"}]}},
            INVALID,
            "MaxCallDuration",
        ),
        ("SetSIPConfiguration", {"SIPConfiguration": {}, "KeepCurrent": "maybe"}, INVALID, "Keep"),
        ("SetAudioCodecs", {}, MISSING, "AudioCodec"),
        ("SetAudioCodecs", {"AudioCodec": [{"Name": None}]}, MISSING, "name"),
        ("SetDTMFTrigger", {"DTMFTrigger": {"DTMFEventId": "e"}}, MISSING, "DTMFSequence"),
        ("SetDTMFTrigger", {"DTMFTrigger": {"DTMFSequence": "1x"}}, INVALID, "DTMFSequence"),
        ("SetVMSCallConfiguration", {"VMSCallConfiguration": {"Timeout": 0}}, INVALID, "Timeout"),
        ("RemoveSIPAccount", {}, MISSING, "SIPAccountId"),
        ("RemoveSIPAccounts", {}, MISSING, "SIPAccountId"),
        ("AnswerCall", {"CallId": "x"}, NOT_SUPPORTED, "AnswerCall"),
    ],
)
async def test_a_refusal_says_which_field(
    edge: Edge, command: str, arguments: dict[str, Any], expected: Any, named: str
) -> None:
    """In the words of the documents, and nothing is changed."""
    assert await fault(edge, f"axcall:{command}", **arguments) == expected
    answer = await send(edge, f"axcall:{command}", **arguments)
    assert named.lower() in answer.json()["FaultReason"].lower()
    assert edge.sip.untouched


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (InvalidValue("SIPPort: no"), INVALID),
        (Conflict("as many calls are up as there may be"), FAILED),
        (Unavailable("SIP is off"), FAILED),
        (NotSupported("not built"), NOT_SUPPORTED),
    ],
)
async def test_what_the_daemon_refuses_is_told_in_its_words(
    edge: Edge, error: Any, expected: Any
) -> None:
    """With the fault that fits."""
    edge.sip.error = error
    answer = await send(edge, "axcall:Call", To="sip:a")
    assert parts(answer.json()) == expected
    assert answer.json()["FaultReason"] == error.message


async def test_an_absent_daemon_is_a_failure_of_the_unit(edge: Edge) -> None:
    """For each command that needs it."""
    object.__setattr__(edge.unit, "sip", cast(SipInterface, AbsentSip()))
    for command in ("GetSIPConfiguration", "GetSIPAccounts", "GetCallStatuses", "GetDTMFEvents"):
        assert await fault(edge, f"axcall:{command}") == FAILED
    assert (await edge.ask("GET", "/api/sip", login="root")).status == 503


async def test_faults_in_the_simple_form(edge: Edge) -> None:
    """One line for each key, texts in quotes (VAPIX page 1.5)."""
    target = f"{PATH}?format=simple&action=axcall:GetSIPAccount&SIPAccountId=x"
    answer = await edge.ask("GET", target, login="root")
    assert answer.status == 400
    lines = answer.text.splitlines()
    assert lines[:3] == [
        'Fault="env:Sender"',
        'FaultCode="ter:InvalidArgVal"',
        'FaultSubCode="ter:NotFound"',
    ]
    assert lines[3].startswith('FaultReason="')
    assert lines[4:] == ["FaultMsg=null"]


async def test_both_methods_take_the_simple_form(edge: Edge) -> None:
    """A POST also with arguments in its body, so that a password stands in no log of addresses."""
    query = "axcall:Call&To=sip:192.168.0.2"
    assert (await simply(edge, query))[0].startswith('CallId="Out-0-')
    assert (await simply(edge, query, "POST"))[0].startswith('CallId="Out-1-')
    body = "action=axcall:SetSIPAccount&SIPAccount_UserId=6001&SIPAccount_Password=secret"
    answer = await edge.ask("POST", f"{PATH}?format=simple", body=body, login="root")
    assert answer.text == 'SIPAccountId="sip_account_0"\n'
    assert edge.sip.kept_accounts["sip_account_0"].password == "secret"
    for wrong in ("", "?action=axcall:GetCallStatuses", "?format=simple"):
        answer = await edge.ask("GET", f"{PATH}{wrong}", login="root")
        assert answer.status == 400
        assert answer.text.startswith('Fault="env:Sender"\nFaultCode="ter:InvalidArgs"\n')


@pytest.mark.parametrize("command", COMMANDS)
async def test_roles(edge: Edge, command: str) -> None:
    """Operators call and see; settings are the administrator's; viewers and strangers have no business here."""
    operation = next(one for one in api.description.operations if one.name.endswith(f":{command}"))
    calls = {"Call", "TerminateCall", "GetCallStatus", "GetCallStatuses", "GetServiceCapabilities"}
    accounts = {"GetSIPAccount", "GetSIPAccounts", "GetSIPAccountStatus", "GetSIPAccountStatuses"}
    for_operators = command in calls | accounts
    assert operation.access is (Access.OPERATOR if for_operators else Access.ADMIN)
    assert operation.changes is not command.startswith("Get")
    for login, status in (("vera", 403), ("oscar", 0 if for_operators else 403)):
        answer = await send(edge, f"axcall:{command}", login)
        assert answer.status in ({status} if status else {200, 400})
    assert (await edge.ask("POST", PATH, body="{}")).status == 401
    assert edge.sip.untouched


async def test_discovery_and_the_page(edge: Edge) -> None:
    """Version 2.2 (VAPIX sys-sip), and what only the page asks for."""
    body = json.dumps({"apiVersion": "1.0", "method": "getApiList", "params": {"id": "sip"}})
    listed = (await edge.ask("POST", "/axis-cgi/apidiscovery.cgi", body=body)).json()
    found = listed["data"]["apiList"]
    assert [(one["id"], one["version"]) for one in found] == [("sip", "2.2")]
    answer = await edge.ask("GET", "/api/sip", login="oscar")
    assert answer.json()["addresses"] == ["sip:192.168.0.90"]
    assert (await edge.ask("GET", "/api/sip", login="vera")).status == 403


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(["true", "sip_account_0", "udp", "None", "1", "", "*****"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = ["SIPAccount", "SIPConfiguration", "DTMFTrigger", "DTMFEvent", "AudioCodec", "CallId", "To"]
FIELDS = ["Id", "UserId", "Attribute", "SIPProxies", "SIPPort", "DTMFSequence", "Name", "Password"]
STRUCTURES = st.one_of(VALUES, st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4))


@settings(max_examples=200)
@given(
    command=st.sampled_from(COMMANDS),
    arguments=st.dictionaries(
        st.sampled_from(NAMES), st.one_of(STRUCTURES, st.lists(STRUCTURES, max_size=2)), max_size=3
    ),
)
async def test_any_arguments_are_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, command: str, arguments: dict[str, Any]
) -> None:
    """No bug, no traceback; a refusal is a fault."""
    edge = make_edge(tmp_path_factory.getbasetemp())
    answer = await send(edge, f"axcall:{command}", **arguments)
    assert answer.status in (200, 400), answer.text
    if answer.status == 400:
        parts(answer.json())


@settings(max_examples=200)
@given(
    command=st.sampled_from(COMMANDS),
    arguments=st.lists(
        st.tuples(
            st.lists(st.sampled_from([*NAMES, *FIELDS, "0", "1", "", "99999"]), max_size=9),
            st.one_of(st.text(max_size=8), st.sampled_from(['"', '""', "null", "true", "5060"])),
        ),
        max_size=5,
    ),
)
async def test_any_query_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, command: str, arguments: list[tuple[list[str], str]]
) -> None:
    """The same for the simple form."""
    edge = make_edge(tmp_path_factory.getbasetemp())
    query = "&".join(f"{'_'.join(names)}={quote(value)}" for names, value in arguments)
    target = f"{PATH}?format=simple&action=axcall:{command}&{query}"
    answer = await edge.ask("GET", target, login="root")
    assert answer.status in (200, 400), answer.text
    assert (answer.status == 400) is answer.text.startswith("Fault=")


async def test_no_password_is_logged(edge: Edge, caplog: pytest.LogCaptureFixture) -> None:
    """Neither of what is taken nor of what is refused."""
    with caplog.at_level(logging.DEBUG):
        for more in ({}, {"Transport": "sctp"}, {"SIPProxies": 5}):
            account = {"UserId": "6001", "Password": "M4rk3r", **more}
            answer = await send(edge, "axcall:SetSIPAccount", SIPAccount=account)
            assert "M4rk3r" not in answer.text
    assert "M4rk3r" not in caplog.text + repr(edge.sip.kept_accounts)


async def test_the_simple_form_of_an_answer(edge: Edge) -> None:
    """The documents' sample of an account's status, literally but for its null."""
    target = f"{PATH}?format=simple&action=axcall:GetSIPAccountStatus&SIPAccountId=peer-to-peer"
    answer = await edge.ask("GET", target, login="root")
    assert 'SIPAccountStatus_StatusText="Does+not+register"' in answer.text.splitlines()
    assert told_simply(answer)["SIPAccountStatus_SIPURI"] == "sip:192.168.0.90:5060"
    assert told_simply(answer)["SIPAccountStatus_Status"] == "0"
