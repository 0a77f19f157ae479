"""`audio/transmit.cgi`: live audio from a client to the speaker (VAPIX page 4.3).

One client at a time. Of our own are `class` and `priority` (`daemons.http.talker_rank`): who is more urgent takes the
place of who talks, whose connection is closed without an answer. A POST must have a length or come in chunks, in
HTTP/1.0 as well: without either nobody could tell where the audio ends.
"""

from starlette.responses import Response

from common.errors import ApplianceError, Conflict, NotPermitted, NotSupported
from common.params.kinds import Access
from daemons.http.adapters.talk import End, talk
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Problem, as_text, problem_of, unauthorized
from daemons.http.revocation import ends_with_login
from daemons.http.routes import ROUTES, Route
from daemons.http.talker_rank import HIGHEST_PRIORITY, rank_of
from daemons.http.vapix.cgi import POST_ONLY, CgiApi, text

BUSY = "Receiving audio from another client"
DOOR = "/axis-cgi/audio/door"
"""Where the web server, and nobody else, asks before it takes the body of a talk."""
DROP = 444
"""The web server closes the connection without an answer when it gets this from us."""


def _failure(error: ApplianceError) -> Response:
    if isinstance(error, Conflict):
        return as_text(Problem(503, "busy", BUSY))
    if isinstance(error, NotSupported):
        return as_text(Problem(415, "type", error.message))
    if isinstance(error, NotPermitted):
        return as_text(Problem(405, "duplex", error.message))
    return as_text(problem_of(error))


api = CgiApi(
    "/axis-cgi/audio/transmit.cgi",
    name="Transmit audio",
    access=Access.VIEWER,
    methods=POST_ONLY,
    failure=_failure,
    streams_body=True,
)


async def _door(call: Call) -> Response:
    """Send whoever brings no login for one; whether a login is right is seen when the talk itself comes."""
    if call.identity is None and call.request.headers.get("x-c8210-login") != "yes":
        raise unauthorized()
    return Response(status_code=204)


ROUTES.add(Route(DOOR, frozenset({"GET"}), Access.ANYBODY, _door, as_text))


@api.only(
    access=Access.VIEWER,
    changes=True,
    parameters=("audiodeviceid", "audiooutputid", "class", "priority"),
)
async def transmit(call: Call, arguments: Arguments) -> Response:
    """Play the audio in the body as it comes; the answer is sent when the last of it has been heard."""
    for name in ("audiodeviceid", "audiooutputid"):
        arguments.integer(name, 0, 0, 0)
    priority = arguments.integer("priority", -1, 0, HIGHEST_PRIORITY)
    rank = rank_of(call, arguments.get("class"), None if priority < 0 else priority)
    headers = call.request.headers
    length = headers.get("content-length")
    if length is None and "chunked" not in headers.get("transfer-encoding", "").lower():
        raise Problem(411, "length", "Send a Content-Length, or use chunked transfer encoding.")
    mime_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not mime_type:
        raise NotSupported("the Content-Type must name the kind of audio")
    if length == "0":
        return text("")  # Digest clients ask first whether they will be let in
    descriptor, _playback = await call.unit.audio.open_transmit(
        mime_type, call.client.address, rank.name, rank.priority
    )
    with ends_with_login(call, descriptor):
        end = await talk(call.request, descriptor, call.unit.settings.now.receiver_timeout_s)
    return Response(status_code=DROP) if end is End.BROKEN else text("")
