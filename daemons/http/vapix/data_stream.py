"""`/vapix/ws-data-stream`: events as they happen, over a WebSocket (VAPIX event streams page 1).

A client says which events it wants, as often as it likes; the answer comes first, then the present state of
everything stateful that it asked for, then what happens. Where VAPIX leaves it open: an event of the unit is no
secret to anybody with an account, as in GetEventInstances, so that a viewer may listen.
"""

import asyncio
import logging
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from common.errors import ApplianceError
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.event_feed import Listener
from daemons.http.problems import Problem
from daemons.http.revocation import while_logged_in
from daemons.http.sockets import SOCKETS
from daemons.http.vapix import stream_messages
from daemons.http.vapix.stream_messages import Refused, Request

log = logging.getLogger(__name__)

PATH: Final = "/vapix/ws-data-stream"
SEND_S: Final = 20.0
"""How long one message may take to be sent: longer than the ping that a dead connection does not answer."""
GIVEN_UP: Final = 1008
"""The code of a stream that the unit ends: the login is over, or the client cannot keep up (RFC 6455 7.4.1)."""


@SOCKETS.on(
    PATH,
    access=Access.VIEWER,
    ticket="wssession",
    id="event-streaming-over-websocket",
    name="Event Streaming over WebSocket",
    version="1.0",
)
async def stream(call: Call, socket: WebSocket) -> None:
    """Tell events as they happen."""
    _check_sources(call)
    account = "" if call.identity is None else call.identity.name
    with call.unit.event_feed.listening(account) as listener:
        await socket.accept()
        with while_logged_in(call, listener.end):
            async with asyncio.TaskGroup() as tasks:
                asking = tasks.create_task(_hear(call, socket, listener), name="event filters")
                try:
                    await _tell(socket, listener)
                finally:
                    asking.cancel()


def _check_sources(call: Call) -> None:
    sources = call.request.query_params.get("sources", "").split(",")
    if "events" not in sources or len(sources) > 1:
        raise Problem(400, "sources", "The only source of data here is sources=events.")


async def _tell(socket: WebSocket, listener: Listener) -> None:
    """Send what there is to tell, until the client leaves or is given up."""
    try:
        while (what := await listener.next()) is not None:
            text = what if isinstance(what, str) else stream_messages.notification(what)
            async with asyncio.timeout(SEND_S):
                await socket.send_text(text)
        async with asyncio.timeout(SEND_S):
            await socket.close(GIVEN_UP)
    except (WebSocketDisconnect, RuntimeError, TimeoutError):  # it has left, or does not read
        return


async def _hear(call: Call, socket: WebSocket, listener: Listener) -> None:
    """Take what the client asks for, until it leaves."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        try:
            request = stream_messages.read(message.get("text") or "")
        except Refused as refused:
            listener.say(refused.answer())
        else:
            await _configure(call, listener, request)
    listener.end()


async def _configure(call: Call, listener: Listener, request: Request) -> None:
    """Begin with other filters; those from before hold when the unit cannot tell its states now."""
    listener.prepare()
    try:
        states = await call.unit.event_feed.states()
    except ApplianceError as error:
        log.debug("there are no states to begin with: %s", error)
        listener.give_up()
        listener.say(stream_messages.failed(request))
    else:
        listener.begin(stream_messages.done(request), request.filters, states)
