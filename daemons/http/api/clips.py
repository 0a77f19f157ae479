"""`/api/clips`: the clips with all that is known about them, and their originals."""

from urllib.parse import quote

from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.adapters.download import sent
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call

_GET = frozenset({"GET"})

clips = Resource("/api/clips", _GET, access=Access.VIEWER)
original = Resource("/api/clips/{number}/original", _GET, access=Access.OPERATOR)


@clips.on("GET", access=Access.VIEWER, changes=False)
async def list_clips(call: Call) -> Response:
    """Return every clip."""
    return raw_json(await call.unit.audio.clips())


@original.on("GET", access=Access.OPERATOR, changes=False)
async def download(call: Call) -> Response:
    """Return the file that was uploaded, bit for bit."""
    number: int = call.request.path_params["number"]
    descriptor, media_type, name, size = await call.unit.audio.open_clip(number, "original")
    return sent(descriptor, size, media_type, {"Content-Disposition": _attachment(name)})


def _attachment(name: str) -> str:
    """Return the disposition of a download: a plain name for old browsers, the whole one for the others (RFC 6266)."""
    plain = "".join(
        one if (one.isascii() and one.isalnum()) or one in "._-" else "_" for one in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
