"""Calls, and what the service can do."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from common.params.kinds import Access
from common.sip import CallStatus, State
from daemons.http.call import Call
from daemons.http.vapix.call import fields
from daemons.http.vapix.call.endpoint import api
from daemons.http.vapix.service_api import not_found

_CALLS: Final = msgspec.json.Decoder(list[CallStatus])
_STATE: Final = msgspec.json.Decoder(State)


@api.command("GetServiceCapabilities", access=Access.OPERATOR, changes=False)
async def get_service_capabilities(call: Call) -> Mapping[str, Any]:
    """Return what can be done here; nothing in an installation without the SIP stack."""
    built = _STATE.decode(await call.unit.sip.state()).built
    names = ("SIP", "DTMF", "AudioCodec", "MediaEncryption", "Certificate", "Attribute")
    return {"Capabilities": dict.fromkeys(names, built)}


@api.command("Call", access=Access.OPERATOR, changes=True)
async def place_call(call: Call, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call somebody, by an account or by the default one."""
    to = fields.text(arguments, "To")
    account = fields.optional_text(arguments, "SIPAccountId")
    return {"CallId": await call.unit.sip.call(to, account)}


@api.command("TerminateCall", access=Access.OPERATOR, changes=True)
async def terminate_call(call: Call, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """End a call."""
    await call.unit.sip.terminate(fields.text(arguments, "CallId"))
    return {}


@api.command("GetCallStatus", access=Access.OPERATOR, changes=False)
async def get_call_status(call: Call, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how a call is, also if it has ended a while ago."""
    id_ = fields.text(arguments, "CallId")
    for status in await _calls(call):
        if status.call_id == id_:
            return {"CallStatus": status}
    raise not_found(f"There is no call '{id_[:64]}'.")


@api.command("GetCallStatuses", access=Access.OPERATOR, changes=False)
async def get_call_statuses(call: Call, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how calls are: all, or those that are named."""
    ids = fields.optional_texts(arguments, "CallId")
    return {"CallStatus": [one for one in await _calls(call) if not ids or one.call_id in ids]}


async def _calls(call: Call) -> list[CallStatus]:
    return _CALLS.decode(await call.unit.sip.calls())
