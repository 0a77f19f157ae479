"""`/api/ioports`: how the I/O ports and the virtual inputs are now, for the unit's pages."""

import msgspec
from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, json
from daemons.http.call import Call

ioports = Resource("/api/ioports", frozenset({"GET"}), access=Access.VIEWER)


@ioports.on("GET", access=Access.VIEWER, changes=False)
async def describe(call: Call) -> Response:
    """Return every I/O port with its state, and which virtual inputs are active, the first one (number 1) first."""
    ports = await call.unit.ioports.ports()
    inputs = await call.unit.ioports.virtual_inputs()
    return json({"ports": msgspec.Raw(ports.encode()), "virtual_inputs": inputs})
