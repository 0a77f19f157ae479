"""`mediaclip.cgi`, `playclip.cgi`, `stopclip.cgi`: audio clips (VAPIX page 5).

Of our own are `class` and `priority` of whatever plays a clip: one of CLASSES, and 0 to 100 within it. An emergency
silences everything else, so a viewer cannot start one.
"""

import re

from starlette.responses import Response

from common.errors import (
    ApplianceError,
    Conflict,
    InvalidValue,
    NotFound,
    NotPermitted,
    NotSupported,
)
from common.params.kinds import Access
from daemons.http.adapters import upload
from daemons.http.adapters.download import sent
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Problem, as_text, problem_of
from daemons.http.vapix.cgi import GET_OR_POST, CgiApi, text

HIGHEST_CLIP = 9999
HIGHEST_VOLUME = 1000
MOST_REPEATS = 1_000_000
LONGEST_NAME = 64
CLASSES = ("emergency", "page", "announcement", "advertisement", "music")
CLASS = "announcement"
EMERGENCY = "emergency"
HIGHEST_PRIORITY = 100
_REFUSED = (InvalidValue, NotFound, Conflict, NotSupported, NotPermitted)
_PLAY_ARGUMENTS = (
    "clip",
    "location",
    "repeat",
    "volume",
    "audiooutput",
    "audiodeviceid",
    "audiooutputid",
    "class",
    "priority",
)
_PLAIN_NUMBER = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?")


def _failure(error: ApplianceError) -> Response:
    problem = problem_of(error)
    if isinstance(error, _REFUSED):
        problem = Problem(400, problem.code, problem.message)
    return as_text(problem)


mediaclip = CgiApi(
    "/axis-cgi/mediaclip.cgi",
    id="mediaclip",
    name="Media Clip",
    access=Access.OPERATOR,
    methods=GET_OR_POST,
    failure=_failure,
)
playclip = CgiApi(
    "/axis-cgi/playclip.cgi",
    name="Play clip",
    access=Access.VIEWER,
    methods=GET_OR_POST,
    failure=_failure,
)
stopclip = CgiApi(
    "/axis-cgi/stopclip.cgi",
    name="Stop clip",
    access=Access.VIEWER,
    methods=GET_OR_POST,
    failure=_failure,
)


@mediaclip.action("play", access=Access.OPERATOR, changes=True, parameters=_PLAY_ARGUMENTS)
@playclip.only(access=Access.VIEWER, changes=True, parameters=_PLAY_ARGUMENTS)
async def play(call: Call, arguments: Arguments) -> Response:
    """Play a clip, by number or by location; one of its class and priority that plays is replaced."""
    _check_output(arguments)
    repeat = arguments.integer("repeat", 0, -1, MOST_REPEATS)
    volume = _volume(arguments.get("volume", ""))
    class_ = _class(call, arguments)
    priority = arguments.integer("priority", 0, 0, HIGHEST_PRIORITY)
    clip = await _clip(call, arguments)
    await call.unit.audio.play_clip(clip, volume, repeat, class_, priority)
    return text(f"OK\nplaying={clip}\n")


@mediaclip.action("stop", access=Access.OPERATOR, changes=True)
@stopclip.only(access=Access.VIEWER, changes=True)
async def stop(call: Call, _arguments: Arguments) -> Response:
    """Stop whatever clip plays."""
    await call.unit.audio.stop_clips()
    return text("OK\nstopping\n")


@mediaclip.action("upload", access=Access.OPERATOR, changes=True, parameters=("media", "name"))
async def upload_clip(call: Call, arguments: Arguments) -> Response:
    """Keep the sound file in the multipart body as a new clip."""
    if call.request.method != "POST":
        raise Problem(405, "method", "An upload is a POST.", headers={"Allow": "POST"})
    if arguments.get("media", "audio") != "audio":
        raise InvalidValue("media must be audio")
    name = arguments.get("name", "")
    if name:
        _check_name(name)
    async with upload.received(call.request, call.unit) as uploaded:
        clip = await call.unit.audio.add_clip(uploaded.file.fileno(), name, uploaded.name)
    return text(f"OK\nuploaded={clip}\n")


@mediaclip.action("remove", access=Access.OPERATOR, changes=True, parameters=("clip",))
async def remove(call: Call, arguments: Arguments) -> Response:
    """Delete a clip."""
    clip = arguments.integer("clip", None, 0, HIGHEST_CLIP)
    await call.unit.audio.remove_clip(clip)
    return text(f"OK\nremoved={clip}\n")


@mediaclip.action("update", access=Access.OPERATOR, changes=True, parameters=("clip", "name"))
async def rename(call: Call, arguments: Arguments) -> Response:
    """Give a clip another name."""
    clip = arguments.integer("clip", None, 0, HIGHEST_CLIP)
    name = _check_name(arguments.get("name", ""))
    parameter = f"MediaClip.M{clip}.Name"
    _revision, refused = await call.unit.params.update(
        {parameter: name}, int(call.access), call.who, True
    )
    if refused:
        raise InvalidValue(f"clip {clip} cannot be renamed: {refused.get(parameter, 'refused')}")
    return text(f"OK\nupdated={clip}\n")


@mediaclip.action("download", access=Access.OPERATOR, changes=False, parameters=("clip",))
async def download(call: Call, arguments: Arguments) -> Response:
    """Return a clip as an .au file."""
    clip = arguments.integer("clip", None, 0, HIGHEST_CLIP)
    descriptor, _type, _name, size = await call.unit.audio.open_clip(clip, "au")
    return sent(descriptor, size, "audio/basic")


async def _clip(call: Call, arguments: Arguments) -> int:
    location = arguments.get("location", "")
    if location:
        if "clip" in arguments:
            raise InvalidValue("either clip or location must be specified, not both")
        return await call.unit.audio.find_clip(location)
    if "clip" not in arguments:
        raise InvalidValue("clip or location must be specified")
    return arguments.integer("clip", None, 0, HIGHEST_CLIP)


def _check_output(arguments: Arguments) -> None:
    """Refuse outputs that a unit with one device and one output does not have."""
    pair = [name for name in ("audiodeviceid", "audiooutputid") if name in arguments]
    if len(pair) == 1:
        raise InvalidValue("audiodeviceid and audiooutputid must be specified together")
    if pair and "audiooutput" in arguments:
        raise InvalidValue("audiooutput cannot be combined with audiodeviceid")
    for name, only in (("audiooutput", 1), ("audiodeviceid", 0), ("audiooutputid", 0)):
        arguments.integer(name, only, only, only)


def _class(call: Call, arguments: Arguments) -> str:
    given = arguments.get("class", "").lower() or CLASS
    if given not in CLASSES:
        raise InvalidValue(f"class must be one of {', '.join(CLASSES)}")
    if given == EMERGENCY:
        authorize(call, Access.OPERATOR, changes=True)
    return given


def _volume(given: str) -> float:
    if not given:
        return 100.0
    if not _PLAIN_NUMBER.fullmatch(given) or float(given) > HIGHEST_VOLUME:
        raise InvalidValue(f"volume must be from 0 to {HIGHEST_VOLUME} percent")
    return float(given)


def _check_name(name: str) -> str:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidValue(f"name must have 1 to {LONGEST_NAME} printable characters")
    return name
