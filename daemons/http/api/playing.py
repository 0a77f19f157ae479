"""`/api/playing`: what plays now, and an end to one of it."""

from typing import Annotated

import msgspec
from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, json, posted, raw_json
from daemons.http.call import Call

playing = Resource("/api/playing", frozenset({"GET"}), access=Access.VIEWER)
stopping = Resource("/api/playing/stop", frozenset({"POST"}), access=Access.OPERATOR)


class Stop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which playback is to end."""

    id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9]{1,20}$")]


@playing.on("GET", access=Access.VIEWER, changes=False)
async def what_plays(call: Call) -> Response:
    """Return what plays now, and why the rest does not."""
    return raw_json(await call.unit.audio.now_playing())


@stopping.on("POST", access=Access.OPERATOR, changes=True)
async def stop(call: Call) -> Response:
    """Stop one playback, by its id."""
    wanted = await posted(call, Stop)
    await call.unit.audio.stop(wanted.id)
    return json({"stopped": wanted.id})
