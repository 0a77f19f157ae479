"""`/api/mqtt`: how the MQTT client is, in more words than `client.cgi` has for it."""

from typing import Final

import msgspec
from starlette.responses import Response

from common.mqtt import View
from common.params.kinds import Access
from daemons.http.api.rest import Resource, json
from daemons.http.call import Call

mqtt = Resource("/api/mqtt", frozenset({"GET"}), access=Access.ADMIN)

_VIEW: Final = msgspec.json.Decoder(View)


@mqtt.on("GET", access=Access.ADMIN, changes=False)
async def describe(call: Call) -> Response:
    """Return whether the client is active and connected, why it is not, and what went through."""
    return json(_VIEW.decode(await call.unit.mqtt.client()).status)
