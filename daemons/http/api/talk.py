"""`/api/talk`: push-to-talk from a page of the unit, to the loudspeaker or to a multicast group.

The first message is JSON: `sample_rate` 16000 or 48000, `to` as `speaker` or `{"group", "port", "codec"}`, and `class`
and `priority` as with transmit.cgi. The answer is `{"state":"talking"}`; then come binary messages of 16-bit samples,
little-endian, mono, as they are spoken. `{"state":"done"}` or closing the socket ends the talk.
"""

import asyncio
import os
from typing import Annotated, Literal

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from common.errors import Conflict, NotPermitted
from common.params.kinds import Access
from daemons.http import body
from daemons.http.adapters.talk import End, converse
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.problems import Problem
from daemons.http.revocation import ends_with_login
from daemons.http.sockets import SOCKETS, refuse, say
from daemons.http.talker_rank import rank_of

FIRST_MESSAGE_S = 5.0
LONGEST_SILENCE_S = 10.0
"""How long nothing may come where the receiver time-out sets no end: a page in the background holds nobody up."""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A multicast group to talk to."""

    group: Annotated[str, msgspec.Meta(max_length=45)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    codec: Annotated[str, msgspec.Meta(max_length=20)]


class Start(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first message."""

    sample_rate: Literal[16000, 48000]
    to: Literal["speaker"] | Group = "speaker"
    class_: str | None = msgspec.field(name="class", default=None)
    priority: int | None = None


@SOCKETS.on("/api/talk", access=Access.VIEWER)
async def talk(call: Call, socket: WebSocket) -> None:
    """Play what is spoken into a page of the unit, as it is spoken."""
    await socket.accept()
    try:
        descriptor, playback = await _open(call, await _start(socket))
    except Conflict:
        raise Problem(503, "busy", "Somebody else is talking.") from None
    except NotPermitted as error:
        raise Problem(405, "duplex", error.message) from None
    try:
        await say(socket, {"state": "talking", "id": playback})
    except BaseException:
        os.close(descriptor)
        raise
    silence_s = call.unit.settings.now.receiver_timeout_s or LONGEST_SILENCE_S
    with ends_with_login(call, descriptor):
        end = await converse(socket, descriptor, silence_s)
    if end is End.BROKEN:
        why = "The talk was cut off: somebody more urgent talks, or the sound is away."
        await refuse(socket, "cut_off", why)
    elif end is End.FINISHED:
        await say(socket, {"state": "done"})
        await socket.close(1000)


async def _start(socket: WebSocket) -> Start:
    try:
        async with asyncio.timeout(FIRST_MESSAGE_S):
            message = await socket.receive()
    except TimeoutError:
        raise Problem(408, "timeout", "The first message did not come in time.") from None
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text: str = message.get("text") or ""
    try:
        start = msgspec.json.decode(text, type=Start)
        whole = body.travels(text.encode())
    except (msgspec.DecodeError, RecursionError) as error:
        raise Problem(
            400, "invalid", f"The first message is not what is expected: {error}."
        ) from None
    if not whole:
        raise Problem(400, "invalid", "A text cannot hold a NUL or a noncharacter.")
    return start


async def _open(call: Call, start: Start) -> tuple[int, str]:
    rank = rank_of(call, start.class_, start.priority)
    audio, client = call.unit.audio, call.who
    if isinstance(start.to, Group):
        authorize(call, Access.OPERATOR, changes=False)
        to = start.to
        return await audio.open_group_talk(start.sample_rate, client, to.group, to.port, to.codec)
    return await audio.open_talk(start.sample_rate, client, rank.name, rank.priority)
