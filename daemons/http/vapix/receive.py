"""`audio/receive.cgi`: live audio from the audio input to a client (VAPIX page 4.2).

Where VAPIX leaves it open: AAC comes in ADTS and, in one part, Opus in Ogg (as `audio/ogg`), for else nobody could
tell one block from the next; in many parts each part is one block, for Opus one packet. With the input off, or
`audio=0`, the answer is 405. The blocks of linear PCM and Opus are of 20 ms.
"""

import os

from starlette.responses import Response

from common.errors import (
    ApplianceError,
    Conflict,
    InvalidValue,
    NotPermitted,
    NotSupported,
)
from common.params.kinds import Access
from daemons.http.adapters.listen import multipart, single
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Problem, as_text, problem_of
from daemons.http.revocation import ends_with_login
from daemons.http.routes import ROUTES
from daemons.http.vapix.cgi import GET_ONLY, CgiApi

HIGHEST_RATE = 10_000_000
LOWEST_RATE = 8_000
MOST_CHANNELS = 64
_MULTIPART = {"singlepart": False, "single": False, "multipart": True, "multi": True}
_AAC = "audio/mpeg4-generic"
_PLACES = ("audiodeviceid", "audioinputid")


def _failure(error: ApplianceError) -> Response:
    problem = problem_of(error)
    if isinstance(error, NotPermitted):
        problem = Problem(405, "not_now", error.message)
    elif isinstance(error, NotSupported):
        problem = Problem(415, "format", error.message)
    elif isinstance(error, Conflict):
        problem = Problem(503, "busy", error.message)
    return as_text(problem)


api = CgiApi(
    "/axis-cgi/audio/receive.cgi",
    name="Receive audio",
    access=Access.VIEWER,
    methods=GET_ONLY,
    failure=_failure,
    routes=ROUTES,
)


@api.only(
    access=Access.VIEWER,
    changes=False,
    parameters=(
        "audio",
        "audiocodec",
        "audiobitrate",
        "audiosamplerate",
        "audionbrofchannels",
        "camera",
        "audiochannel",
        *_PLACES,
        "httptype",
    ),
)
async def receive(call: Call, arguments: Arguments) -> Response:
    """Send what the audio input hears, until the client closes, its login ends or the input is switched off."""
    _check_place(arguments)
    if arguments.integer("audio", 1, 0, 1) == 0:
        raise NotPermitted("audio=0 asks for no audio")
    codec = arguments.get("audiocodec", "").lower()
    in_parts = _in_parts(arguments, default=call.unit.settings.now.multipart)
    descriptor, media_type, _block = await call.unit.audio.open_receive(
        codec,
        arguments.integer("audiosamplerate", 0, LOWEST_RATE, HIGHEST_RATE),
        arguments.integer("audiobitrate", 0, LOWEST_RATE, HIGHEST_RATE),
        arguments.integer("audionbrofchannels", 0, 1, MOST_CHANNELS),
        "packets" if in_parts else "stream",
        call.who,
    )
    if in_parts and media_type == _AAC:
        os.close(descriptor)
        raise NotSupported("AAC is not sent in many parts: ask for httptype=singlepart")
    guard = ends_with_login(call, descriptor)
    return (multipart if in_parts else single)(descriptor, media_type, guard)


def _in_parts(arguments: Arguments, *, default: bool) -> bool:
    given = arguments.get("httptype", "").lower()
    if given and given not in _MULTIPART:
        raise InvalidValue("httptype must be singlepart or multipart")
    return _MULTIPART[given] if given else default


def _check_place(arguments: Arguments) -> None:
    """There is one configuration, one source, one device with one input."""
    arguments.integer("camera", 1, 1, 1)
    arguments.integer("audiochannel", 1, 1, 1)
    for name in _PLACES:
        arguments.integer(name, 0, 0, 0)
    named = [name for name in _PLACES if arguments.get(name)]
    if named and arguments.get("audiochannel"):
        raise InvalidValue(f"audiochannel and {named[0]} exclude each other")
    if len(named) == 1:
        raise InvalidValue(f"{' and '.join(_PLACES)} come together")
