"""Calls that are placed over the Call service, on the whole unit, to a phone that is nobody's."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.contract.private_bus import eventually
from tests.contract.sip_http_rig import (
    JSON,
    SIMPLE,
    Service,
    call_service,
    needs_stack,
    ports,
)
from tests.contract.sip_peers import RawPeer, says
from tests.suite import Unit, until

pytestmark = needs_stack


@pytest.fixture
def service(unit: Unit) -> Iterator[Service]:
    """The service with SIP switched on, at ports that nobody uses."""
    with call_service(unit) as opened:
        settings = {"SIPEnabled": True, "AllowIncomingCalls": True, **ports()}
        opened.give("SetSIPConfiguration", SIPConfiguration=settings)
        until("the stack runs", lambda: opened.client.get("/api/sip").json()["running"])
        yield opened


@pytest.fixture
async def phone() -> AsyncIterator[RawPeer]:
    """A phone that answers."""
    async with RawPeer().running() as peer:
        yield peer


async def state(service: Service, call: str, wanted: str) -> dict[str, Any]:
    """Wait until a call is in a state; return its status."""

    async def status() -> dict[str, Any]:
        answer = await asyncio.to_thread(service.give, "GetCallStatus", CallId=call)
        found: dict[str, Any] = answer["CallStatus"]
        return found

    async with asyncio.timeout(10):
        while (found := await status())["CallState"] != wanted:
            await asyncio.sleep(0.02)
    return found


@pytest.mark.covers("M-SIP-24", part="used by calls that name no account")
@pytest.mark.parametrize("form", [JSON, SIMPLE])
async def test_a_call_is_placed_seen_and_ended(service: Service, phone: RawPeer, form: str) -> None:
    """By the default account, as for every call that names none."""
    service.form = form
    to = phone.uri()
    call = (await asyncio.to_thread(service.give, "Call", To=to))["CallId"]
    assert call.startswith("Out-")
    status = await state(service, call, "Active")
    assert status["Direction"] == "Outgoing"
    assert status["CallStateReason"] == "AcceptedByRemote"
    assert (status["CallType"], status["Source"]) == ("SIP", "NetworkSpeaker")
    assert status["SIPAccountId"] == "peer-to-peer"
    assert to in status["RemoteURI"]
    listed = await asyncio.to_thread(service.give, "GetCallStatuses")
    assert call in [one["CallId"] for one in listed["CallStatus"]]
    assert await asyncio.to_thread(service.give, "TerminateCall", CallId=call) == {}
    await phone.request("BYE")
    ended = await state(service, call, "Terminated")
    assert ended["CallStateReason"] == "Terminated"
    assert ended["StopTime"] >= ended["StartTime"]


async def test_why_a_call_came_to_nothing_is_told(service: Service, phone: RawPeer) -> None:
    """Busy is busy; an account that is not there is not found, and no call is placed by another."""
    phone.when("INVITE", says(486))
    call = (await asyncio.to_thread(service.give, "Call", To=phone.uri()))["CallId"]
    assert (await state(service, call, "Terminated"))["CallStateReason"] == "Busy"
    fault = await asyncio.to_thread(service.fault, "Call", To=phone.uri(), SIPAccountId="nobody")
    assert fault == ("env:Sender", "ter:InvalidArgVal", "ter:NotFound")
    assert len(phone.requests("INVITE")) == 1


@pytest.mark.covers("M-SIP-23", part="status by API")
async def test_the_status_of_an_account_follows_its_registration(
    service: Service, phone: RawPeer
) -> None:
    """200 when the server takes it, and the server's refusal in its own number."""
    registrar = f"127.0.0.1:{phone.port}"
    account = {"UserId": "6001", "Password": "p", "Registrar": registrar}
    answer = await asyncio.to_thread(service.give, "SetSIPAccount", SIPAccount=account)
    id_ = answer["SIPAccountId"]
    await phone.request("REGISTER")

    async def status() -> dict[str, Any]:
        told = await asyncio.to_thread(service.give, "GetSIPAccountStatus", SIPAccountId=id_)
        found: dict[str, Any] = told["SIPAccountStatus"]
        return found

    async with asyncio.timeout(10):
        while (told := await status())["Status"] != "200":
            await asyncio.sleep(0.02)
    assert told["StatusText"] == "OK"
    assert registrar in told["RegURI"]
    assert "6001@" in told["SIPURI"]
    phone.when("REGISTER", says(403))
    change = {"Id": id_, "UserId": "6002", "Password": "q"}
    await asyncio.to_thread(service.give, "SetSIPAccount", SIPAccount=change)
    async with asyncio.timeout(10):
        while (told := await status())["Status"] != "403":
            await asyncio.sleep(0.02)
    await eventually(lambda: phone.requests("REGISTER"), "the server was asked")


def test_the_page_is_told_by_which_address_the_unit_is_called(service: Service) -> None:
    """`/api/sip` says it, with the port where that is not the usual one."""
    told = service.client.get("/api/sip").json()
    port = service.give("GetSIPConfiguration")["SIPConfiguration"]["SIPPort"]
    assert told["enabled"]
    assert told["built"]
    assert told["addresses"] == [f"sip:127.0.0.1:{port}"]
