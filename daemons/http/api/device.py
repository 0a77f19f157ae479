"""`/api/device` and `/api/accounts`: the unit as the web UI shows it, and who can log in."""

import msgspec
from starlette.responses import Response

from common.device import Device
from common.params.kinds import Access
from daemons.http.api.rest import Resource, json, raw_json
from daemons.http.call import Call

_GET = frozenset({"GET"})
_device = msgspec.json.Decoder(Device)

device = Resource("/api/device", _GET, access=Access.VIEWER)
accounts = Resource("/api/accounts", _GET, access=Access.ADMIN)


@device.on("GET", access=Access.VIEWER, changes=False)
async def describe(call: Call) -> Response:
    """Return who the unit is and how it is."""
    return json(_device.decode(await call.unit.system.device()))


@accounts.on("GET", access=Access.ADMIN, changes=False)
async def list_accounts(call: Call) -> Response:
    """Return every account; they are changed through pwdgrp.cgi."""
    return raw_json(await call.unit.system.accounts())
