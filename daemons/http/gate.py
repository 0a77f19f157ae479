"""The one door: every request passes here, in this order, before any handler sees it.

Path, host name, route, login, role, method. What is not known leads nowhere; what fails is answered in the form
that clients of the path expect.
"""

import logging
from dataclasses import replace

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from common.errors import ApplianceError
from common.params.kinds import Access
from daemons.http import browser, paths, sockets
from daemons.http.authenticate import Authenticator
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.identity import Client, Identity, Proof
from daemons.http.problems import (
    Problem,
    Refuse,
    as_json,
    as_page,
    not_found,
    problem_of,
    unauthorized,
)
from daemons.http.routes import Match, Routes
from daemons.http.sockets import Sockets
from daemons.http.unit import Unit

log = logging.getLogger(__name__)

START_TIMEOUT_S = 3.0
"""How long a request waits for the accounts, which come a moment after the unit or this daemon has started."""

SETUP_HEADER = "AXIS-Setup"


class Gate:
    """The ASGI application."""

    def __init__(
        self,
        routes: Routes,
        unit: Unit,
        authenticator: Authenticator,
        web_sockets: Sockets = sockets.SOCKETS,
    ) -> None:
        self._routes = routes
        self._sockets = web_sockets
        self._unit = unit
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await self._converse(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"there is nothing here for '{scope['type']}'")
        request = Request(scope, receive)
        client = _client(request.headers)
        try:
            response, stale = await self._answer(request, client)
            if self._unit.accounts.unclaimed:
                response.headers[SETUP_HEADER] = "vapix"
            if response.status_code == 401 and client is not None:
                self._challenge(response, request, client, stale=stale)
            await response(scope, receive, send)
        except ClientDisconnect:
            pass  # nobody is left to hear an answer

    async def _answer(self, request: Request, client: Client | None) -> tuple[Response, bool]:
        """Return the answer, and whether it only asks for a fresh nonce."""
        refuse: Refuse = as_page
        try:
            if client is None:
                raise Problem(400, "no_front", "Requests come through the web server only.")
            if not paths.is_plain(request.scope["raw_path"]):
                raise not_found(request.scope["path"][:200])
            host = self._host(request)
            match = self._routes.find(request.scope["path"])
            if match is None:
                raise not_found(request.scope["path"])
            refuse = match.route.refuse
            if not await self._unit.accounts.wait_known(START_TIMEOUT_S):
                self._check_open_while_starting(match.route.access)
            identity = await self._authenticator.identify(request, client)
            return await self._admit(request, client, match, identity, host), False
        except Problem as problem:
            return refuse(problem), problem.stale
        except ApplianceError as error:
            return refuse(problem_of(error)), False
        except ClientDisconnect:
            raise
        except Exception:  # the edge of the suite: nothing of a bug may leak
            log.exception("'%s %s' failed", request.method, request.scope["path"][:200])
            return refuse(Problem(500, "internal", "The unit met an internal error.")), False

    async def _admit(
        self,
        request: Request,
        client: Client,
        match: Match,
        identity: Identity | None,
        host: str,
    ) -> Response:
        route = match.route
        if match.number is not None:
            request.scope["path_params"] = {"number": match.number}
        elif match.below is not None:
            request.scope["path_params"] = {"below": match.below}
        call = Call(request, client, identity, self._unit, host)
        self._check_connection(client, identity)
        authorize(
            call, route.access, changes=False, open_while_unclaimed=route.open_while_unclaimed
        )
        if request.method not in route.methods:
            allowed = ", ".join(sorted(route.methods))
            raise Problem(
                405, "method", f"Only {allowed} can be used here.", headers={"Allow": allowed}
            )
        return await route.handler(call)

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a WebSocket through to its handler, or answer why not as to a request."""
        socket = WebSocket(scope, receive, send)
        request = Request({**scope, "type": "http", "method": "GET"})
        client = _client(request.headers)
        try:
            await self._open(request, client, socket)
        except (Problem, ApplianceError) as error:
            problem = error if isinstance(error, Problem) else problem_of(error)
            if socket.application_state is not WebSocketState.CONNECTING:
                await sockets.refuse(socket, problem.code, problem.message)
                return
            response = as_json(problem)
            if response.status_code == 401 and client is not None:
                self._challenge(response, request, client, stale=problem.stale)
            await socket.send_denial_response(response)
        except WebSocketDisconnect:
            pass  # nobody is left to hear more
        except Exception:  # the edge of the suite: nothing of a bug may leak
            log.exception("the socket '%s' failed", scope["path"][:200])
            await sockets.refuse(socket, "internal", "The unit met an internal error.")

    async def _open(self, request: Request, client: Client | None, socket: WebSocket) -> None:
        if client is None:
            raise Problem(400, "no_front", "Requests come through the web server only.")
        route = self._sockets.find(request.scope["path"])
        if route is None or not paths.is_plain(request.scope["raw_path"]):
            raise not_found(request.scope["path"][:200])
        host = self._host(request)
        if not await self._unit.accounts.wait_known(START_TIMEOUT_S):
            self._check_open_while_starting(route.access)
        identity = await self._authenticator.identify(request, client)
        if identity is None and route.ticket is not None:
            identity = self._by_ticket(request.query_params.get(route.ticket))
        call = Call(request, client, identity, self._unit, host)
        self._check_connection(client, identity)
        sockets.admit(call, route.access)
        await route.handler(call, socket)

    def _by_ticket(self, text: str | None) -> Identity | None:
        """Return for whom the unit gave a ticket, as far as their login still holds."""
        if text is None:
            return None
        accounts, found = self._unit.accounts, self._unit.tickets.take(text)
        if found is None:
            raise unauthorized("The ticket was used, or is too old.")
        identity, verifier = found
        session = identity.session
        ended = session is not None and accounts.keyed.sessions.left_s(session) <= 0.0
        if ended or accounts.find(identity.name) != verifier:
            raise unauthorized("The login that the ticket was given for is over.")
        return replace(identity, proof=Proof.TICKET)

    def _check_open_while_starting(self, access: Access) -> None:
        """Nobody can be told from anybody before the accounts are known; 401 would send people away for good."""
        if access is not Access.ANYBODY:
            message = "The unit is starting: try again in a moment."
            raise Problem(503, "starting", message, headers={"Retry-After": "1"})

    def _host(self, request: Request) -> str:
        header = request.headers.get("host", "")
        if not header:
            return ""  # HTTP/1.0; a browser always sends one
        host = paths.host_of(header)
        if host is None or not paths.is_own_name(host, self._unit.settings.now.host_names):
            raise Problem(
                421,
                "wrong_host",
                "This unit is not known by that name. Use its address, or add the name to the "
                "parameter Network.HTTP.AllowedHosts.",
            )
        return host

    def _check_connection(self, client: Client, identity: Identity | None) -> None:
        if identity is None:
            return
        policy = self._unit.settings.now.connection_policy[identity.role]
        if policy != "both" and client.encrypted != (policy == "https"):
            raise Problem(403, "connection", f"This account may use {policy.upper()} only.")

    def _challenge(
        self, response: Response, request: Request, client: Client, *, stale: bool
    ) -> None:
        if browser.is_script(request.headers):
            return  # the page asks for the password itself
        for field in self._authenticator.challenges(client, stale=stale):
            response.headers.append("WWW-Authenticate", field)


def _client(headers: Headers) -> Client | None:
    """Return what nginx says of the sender; it alone reaches our socket, and it overwrites these fields."""
    address = headers.get("x-c8210-client")
    port = headers.get("x-c8210-port", "")
    if not address or not port.isdigit():
        return None
    return Client(address, headers.get("x-c8210-scheme") == "https", int(port))
