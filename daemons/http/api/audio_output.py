"""`/api/audio/output`: the speaker as the web UI shows it; its settings are parameters."""

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call

output = Resource("/api/audio/output", frozenset({"GET"}), access=Access.VIEWER)


@output.on("GET", access=Access.VIEWER, changes=False)
async def describe(call: Call) -> Response:
    """Return gain, mute, equaliser, automatic volume, and how amplifier and sound device fare."""
    return raw_json(await call.unit.audio.output_state())
