"""Text CGIs: arguments in, lines of text out (VAPIX page 1.1)."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from common.errors import ApplianceError, InvalidValue
from common.params.kinds import Access
from daemons.http import body
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Refuse, as_text, problem_of
from daemons.http.routes import ROUTES, Route, Routes
from daemons.http.vapix.catalogue import (
    CATALOGUE,
    Catalogue,
    Description,
    Operation,
    summary_of,
)

FORM_LIMIT = 256 * 1024
GET_OR_POST = frozenset({"GET", "POST"})
GET_ONLY = frozenset({"GET"})
POST_ONLY = frozenset({"POST"})

CgiHandler = Callable[[Call, Arguments], Awaitable[Response]]
Failure = Callable[[ApplianceError], Response]


def text(content: str) -> Response:
    """Return a plain text answer."""
    return Response(content.encode(), headers={"Content-Type": "text/plain"})


def status_and_reason(error: ApplianceError) -> Response:
    """Write an error as its HTTP status, and the same with the reason as text."""
    return as_text(problem_of(error))


class CgiApi:
    """One text CGI: takes its path, finds the action, checks who may do it."""

    def __init__(
        self,
        path: str,
        *,
        name: str,
        access: Access,
        methods: frozenset[str],
        id: str | None = None,
        version: str = "1.0",
        open_while_unclaimed: bool = False,
        streams_body: bool = False,
        refuse: Refuse = as_text,
        failure: Failure = status_and_reason,
        routes: Routes = ROUTES,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        self.description = Description(
            path, "text", tuple(sorted(methods)), name, id, version, access
        )
        self._open_while_unclaimed = open_while_unclaimed
        self._streams_body = streams_body
        self._failure = failure
        self._handlers: dict[str, tuple[Operation, CgiHandler]] = {}
        self._asked_by: dict[str, tuple[Operation, CgiHandler]] = {}
        self._unknown_action: Callable[[str], Response] | None = None
        routes.add(Route(path, methods, access, self._handle, refuse, open_while_unclaimed))
        catalogue.add(self.description)

    def action(
        self, action: str, *, access: Access, changes: bool, parameters: tuple[str, ...] = ()
    ) -> Callable[[CgiHandler], CgiHandler]:
        """Declare what `action=` does."""

        def declare(handler: CgiHandler) -> CgiHandler:
            operation = Operation(action, access, changes, summary_of(handler), parameters)
            self.description.declare(operation)
            self._handlers[action] = (operation, handler)
            return handler

        return declare

    def asked_by(
        self, argument: str, *, access: Access, changes: bool
    ) -> Callable[[CgiHandler], CgiHandler]:
        """Declare what is done when an argument is there, for a CGI that has one for each thing it does."""

        def declare(handler: CgiHandler) -> CgiHandler:
            summary = summary_of(handler)
            operation = Operation(f"{argument}=", access, changes, summary, (argument,))
            self.description.declare(operation)
            self._asked_by[argument] = (operation, handler)
            return handler

        return declare

    def only(
        self, *, access: Access, changes: bool, parameters: tuple[str, ...] = ()
    ) -> Callable[[CgiHandler], CgiHandler]:
        """Declare the one thing that a CGI without actions does."""
        return self.action("", access=access, changes=changes, parameters=parameters)

    def otherwise(self, answer: Callable[[str], Response]) -> Callable[[str], Response]:
        """Declare what a missing or unknown action, which it is given, is answered with."""
        self._unknown_action = answer
        return answer

    async def _handle(self, call: Call) -> Response:
        try:
            arguments = await self._arguments(call)
            action = arguments.get("action", "")
            found = self._handlers.get("") or self._asked(arguments) or self._handlers.get(action)
            if found is None:
                return self._unknown(action)
            operation, handler = found
            authorize(
                call,
                operation.access,
                changes=operation.changes,
                open_while_unclaimed=self._open_while_unclaimed,
            )
            return await handler(call, arguments)
        except ApplianceError as error:
            return self._failure(error)

    async def _arguments(self, call: Call) -> Arguments:
        query: bytes = call.request.scope["query_string"]
        content_type = call.request.headers.get("content-type", "").lower()
        streams = self._streams_body or content_type.startswith("multipart/")
        if call.request.method == "GET" or streams:
            return Arguments.parse(query)
        content = await body.read(call.request, FORM_LIMIT)
        return Arguments.parse(content) or Arguments.parse(query)

    def _asked(self, arguments: Arguments) -> tuple[Operation, CgiHandler] | None:
        named = [argument for argument in self._asked_by if argument in arguments]
        if len(named) > 1:
            raise InvalidValue(f"{' and '.join(named)} exclude each other")
        if self._asked_by and not named:
            raise InvalidValue(f"{' or '.join(self._asked_by)} must be specified")
        return self._asked_by[named[0]] if named else None

    def _unknown(self, action: str) -> Response:
        if self._unknown_action is None:
            raise InvalidValue("action must be specified")
        return self._unknown_action(action)
