"""`/api/selftest`: the self tests from speaker to microphone, and the start of one."""

from typing import Annotated

import msgspec
from starlette.responses import Response

from common.params.kinds import Access
from daemons.http.api.rest import Resource, json, posted, raw_json
from daemons.http.call import Call

self_tests = Resource("/api/selftest", frozenset({"GET", "POST"}), access=Access.VIEWER)


class Start(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to test."""

    calibrate: bool = False
    """Whether later tests are compared with this one."""
    speech_s: Annotated[float, msgspec.Meta(ge=4, le=30)] = 15.0
    """How long the signal for the speech transmission index lasts; a short one says less."""


@self_tests.on("GET", access=Access.VIEWER, changes=False)
async def trend(call: Call) -> Response:
    """Return the results, the oldest first, and how the present test gets on."""
    return raw_json(await call.unit.audio.self_tests())


@self_tests.on("POST", access=Access.OPERATOR, changes=True)
async def start(call: Call) -> Response:
    """Start a test, which is over when `running` is false again; without a body as is usual."""
    empty = call.request.headers.get("content-length", "0") == "0"
    wanted = Start() if empty else await posted(call, Start)
    await call.unit.audio.start_self_test(wanted.calibrate, float(wanted.speech_s))
    return json({"running": True}, 202)
