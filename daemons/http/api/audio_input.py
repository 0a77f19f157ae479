"""`/api/audio/input` and `/api/audio/levels`: how the audio input is set and fares, and how loud everything is."""

import asyncio
import socket

from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from common.errors import ApplianceError
from common.params.kinds import Access
from daemons.http.api.rest import Resource, raw_json
from daemons.http.call import Call
from daemons.http.revocation import ends_with_login
from daemons.http.sockets import SOCKETS, refuse

LARGEST_PACKET = 4096
GOING_AWAY = 1001

audio_input = Resource("/api/audio/input", frozenset({"GET"}), access=Access.VIEWER)


@audio_input.on("GET", access=Access.VIEWER, changes=False)
async def describe(call: Call) -> Response:
    """Return how the audio input is set, what can be plugged in, and whether it works."""
    return raw_json(await call.unit.audio.input_state())


@SOCKETS.on("/api/audio/levels", access=Access.VIEWER)
async def levels(call: Call, web_socket: WebSocket) -> None:
    """Send the levels of input and output, 20 times a second, one JSON text each."""
    await web_socket.accept()
    try:
        descriptor = await call.unit.audio.open_levels()
    except ApplianceError as error:
        await refuse(web_socket, "unavailable", error.message)
        return
    with socket.socket(fileno=descriptor) as source, ends_with_login(call, descriptor):
        source.setblocking(False)
        await _until_either_leaves(web_socket, source)


async def _until_either_leaves(web_socket: WebSocket, source: socket.socket) -> None:
    async with asyncio.TaskGroup() as tasks:
        ends = (
            tasks.create_task(_listen(web_socket), name="viewer of levels"),
            tasks.create_task(_pass_on(web_socket, source), name="levels"),
        )
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()


async def _listen(web_socket: WebSocket) -> None:
    """Return when the viewer has left; what it says does not matter."""
    while (await web_socket.receive())["type"] != "websocket.disconnect":
        pass


async def _pass_on(web_socket: WebSocket, source: socket.socket) -> None:
    """Send what comes until there is no more: then the viewer may ask again."""
    loop = asyncio.get_running_loop()
    try:
        while packet := await loop.sock_recv(source, LARGEST_PACKET):
            await web_socket.send_text(packet.decode())
        await web_socket.close(GOING_AWAY)
    except (OSError, WebSocketDisconnect, RuntimeError):
        return  # the viewer or the audio daemon is gone
