"""Every WebSocket there is, with who may open it: those of the unit's pages, under /api, and VAPIX's event stream.

A browser that opens one shows its cookie but cannot be made to show a token, so what counts is the page it comes
from: a session is believed from the unit's own pages only.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from common.params.kinds import Access
from daemons.http import browser
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.identity import Proof
from daemons.http.problems import Problem
from daemons.http.vapix.catalogue import (
    CATALOGUE,
    Catalogue,
    Description,
    Operation,
    summary_of,
)

LARGEST_MESSAGE = 64 * 1024

SocketHandler = Callable[[Call, WebSocket], Awaitable[None]]


@dataclass(frozen=True)
class SocketRoute:
    """One path; the handler is called with a socket that has not been accepted yet."""

    path: str
    access: Access
    handler: SocketHandler
    ticket: str | None = None
    """The argument in the address that can stand in for a login."""


class Sockets:
    """The registry of WebSockets."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._routes: dict[str, SocketRoute] = {}
        self._catalogue = catalogue

    def on(
        self,
        path: str,
        *,
        access: Access,
        ticket: str | None = None,
        id: str | None = None,
        name: str = "",
        version: str = "",
    ) -> Callable[[SocketHandler], SocketHandler]:
        """Declare the handler of a path; it may raise a `Problem` before it accepts the socket.

        `id`, `name` and `version` are what API discovery says of it.
        """

        def declare(handler: SocketHandler) -> SocketHandler:
            if path in self._routes:
                raise ValueError(f"{path} is claimed twice")
            description = Description(path, "socket", ("GET",), name or path, id, version, access)
            description.declare(Operation("", access, True, summary_of(handler)))
            self._catalogue.add(description)
            self._routes[path] = SocketRoute(path, access, handler, ticket)
            return handler

        return declare

    def find(self, path: str) -> SocketRoute | None:
        """Return the route of a path."""
        return self._routes.get(path)

    def __iter__(self) -> Iterator[SocketRoute]:
        return iter(self._routes.values())


SOCKETS = Sockets(CATALOGUE)


def admit(call: Call, access: Access) -> None:
    """Raise a `Problem` unless the caller may open a socket that `access` guards, from where it does."""
    authorize(call, access, changes=False)
    if call.identity is not None and call.identity.proof is Proof.TICKET:
        return  # no other site's page can know one
    headers = call.request.headers
    foreign = browser.is_cross_site(headers) or not browser.is_own_origin(headers)
    by_session = call.identity is not None and call.identity.proof is Proof.SESSION
    if foreign or (by_session and "origin" not in headers):
        raise Problem(403, "cross_site", "Another web site made the browser ask this: refused.")


async def say(socket: WebSocket, content: Any) -> None:
    """Send one message in JSON."""
    await socket.send_text(msgspec.json.encode(content).decode())


async def refuse(socket: WebSocket, code: str, message: str) -> None:
    """Say what is wrong, and close; whoever has left meanwhile need not hear it."""
    if socket.application_state is not WebSocketState.CONNECTED:
        return
    try:
        await say(socket, {"error": {"code": code, "message": message}})
        await socket.close(1000)
    except (WebSocketDisconnect, RuntimeError):
        return
