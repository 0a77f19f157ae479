"""`/api/audio/live`: who talks to the unit, and who listens to it."""

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call

live = Resource("/api/audio/live", frozenset({"GET"}), access=Access.VIEWER)


@live.on("GET", access=Access.VIEWER, changes=False)
async def describe(call: Call) -> Response:
    """Return the duplex mode, the format listeners get who do not say, the talker and the listeners."""
    return raw_json(await call.unit.audio.live_state())
