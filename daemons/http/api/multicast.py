"""`/api/multicast`: how reception of multicast audio goes, and pages that the unit sends."""

from typing import Annotated

import msgspec
from starlette.responses import Response

from common.errors import NotFound
from common.params.kinds import Access
from daemons.http.api.rest import Resource, json, posted, raw_json
from daemons.http.call import Call

_GET = frozenset({"GET"})
_POST = frozenset({"POST"})

reception = Resource("/api/multicast", _GET, access=Access.OPERATOR)
pages = Resource("/api/multicast/page", frozenset({"GET", "POST"}), access=Access.VIEWER)
stopping = Resource("/api/multicast/page/stop", _POST, access=Access.OPERATOR)


class Page(msgspec.Struct):
    """A clip for a group."""

    clip: Annotated[int, msgspec.Meta(ge=0, le=999_999)]
    group: str
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)]
    codec: str = "PCMU"


class Stopped(msgspec.Struct):
    """Which page to stop."""

    id: str


@reception.on("GET", access=Access.OPERATOR, changes=False)
async def how_reception_goes(call: Call) -> Response:
    """Return each multicast source with whether it speaks, what is wrong with it, and its packets by their fate."""
    return raw_json(await call.unit.multicast.state())


@pages.on("GET", access=Access.VIEWER, changes=False)
async def what_is_sent(call: Call) -> Response:
    """Return what is being sent to multicast groups."""
    return raw_json(await call.unit.multicast.pages())


@pages.on("POST", access=Access.OPERATOR, changes=True)
async def send(call: Call) -> Response:
    """Send a clip to a multicast group."""
    page = await posted(call, Page)
    id_ = await call.unit.multicast.page_clip(page.clip, page.group, page.port, page.codec)
    return json({"id": id_}, 201)


@stopping.on("POST", access=Access.OPERATOR, changes=True)
async def stop(call: Call) -> Response:
    """Stop sending a page."""
    id_ = (await posted(call, Stopped)).id
    if not id_.isascii() or not id_.isprintable():
        raise NotFound("there is no such page")
    await call.unit.multicast.stop_page(id_)
    return json({})
