"""Service APIs, `/vapix/<service>`: a command as JSON or in the simple form, and faults (VAPIX page 1.5)."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from starlette.responses import Response

from common import errors
from common.errors import ApplianceError, nearest
from common.params.kinds import Access
from daemons.http import body
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import Problem, as_text, problem_of
from daemons.http.routes import ROUTES, Route, Routes
from daemons.http.vapix import simple_form
from daemons.http.vapix.catalogue import (
    CATALOGUE,
    Catalogue,
    Description,
    Operation,
    summary_of,
)

BODY_LIMIT: Final = 256 * 1024
"""Of the largest that can be sent, a hundred SIP accounts, with room to spare."""

CommandHandler = (
    Callable[[Call], Awaitable[Mapping[str, Any]]]
    | Callable[[Call, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
)
"""Takes the call, and what was sent with the command if it has a second argument."""


class ServiceFault(Exception):
    """A fault object as the answer, which has the status 400."""

    def __init__(
        self, sub_code: str | None, reason: str, *, senders: bool = False, code: str | None = None
    ) -> None:
        """`senders` says that the request is at fault, not the unit."""
        self.sub_code = sub_code
        self.reason = reason
        self.senders = senders
        self.code = code or ("ter:InvalidArgVal" if senders else "ter:Action")
        super().__init__(reason)

    def describe(self) -> dict[str, str | None]:
        """Return the object."""
        return {
            "Fault": "env:Sender" if self.senders else "env:Receiver",
            "FaultCode": self.code,
            "FaultSubCode": self.sub_code,
            "FaultReason": self.reason,
            "FaultMsg": None,
        }


def invalid(reason: str) -> ServiceFault:
    """Return the fault of a value that cannot be."""
    return ServiceFault("ter:InvalidArgVal", reason, senders=True)


def missing(reason: str) -> ServiceFault:
    """Return the fault of a request that lacks something; the documents give it no sub-code (VAPIX sys-sip)."""
    return ServiceFault(None, reason, senders=True, code="ter:InvalidArgs")


def not_found(reason: str) -> ServiceFault:
    """Return the fault of an id that nothing has."""
    return ServiceFault("ter:NotFound", reason, senders=True)


def not_supported(reason: str) -> ServiceFault:
    """Return the fault of what this unit cannot do."""
    return ServiceFault("ter:NotSupported", reason, code="ter:ActionNotSupported")


def failed(reason: str) -> ServiceFault:
    """Return the fault of what could be done at another time."""
    return ServiceFault("ter:Failure", reason)


_FAULTS: Final[Mapping[type[ApplianceError], Callable[[str], ServiceFault]]] = {
    errors.InvalidValue: invalid,
    errors.NotFound: not_found,
    errors.NotSupported: not_supported,
    errors.ApplianceError: failed,
}


class ServiceApi:
    """One service: takes its path, finds the command, checks who may give it, answers in the form that was asked in."""

    def __init__(
        self,
        path: str,
        *,
        namespace: str,
        id: str | None,
        name: str,
        version: str,
        access: Access,
        quotes_texts: bool = False,
        routes: Routes = ROUTES,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        """`quotes_texts` is for a service whose answers in the simple form are documented with quotes around texts."""
        self.description = Description(path, "service", ("GET", "POST"), name, id, version, access)
        self._namespace = namespace
        self._quotes_texts = quotes_texts
        self._commands: dict[str, tuple[Operation, CommandHandler, bool]] = {}
        routes.add(Route(path, frozenset({"GET", "POST"}), access, self._handle, as_text))
        catalogue.add(self.description)

    def command(
        self, name: str, *, access: Access, changes: bool
    ) -> Callable[[CommandHandler], CommandHandler]:
        """Declare a command."""

        def declare(handler: CommandHandler) -> CommandHandler:
            full_name = f"{self._namespace}:{name}"
            operation = Operation(full_name, access, changes, summary_of(handler))
            self.description.declare(operation)
            takes_arguments = len(inspect.signature(handler).parameters) > 1
            self._commands[name] = (operation, handler, takes_arguments)
            return handler

        return declare

    async def _handle(self, call: Call) -> Response:
        query: bytes = call.request.scope["query_string"]
        simple = call.request.method == "GET"
        try:
            arguments = Arguments.parse(query)
            simple = simple or arguments.get("format") == "simple"
            content = await _content(call)
            ask = _asked_simply(arguments, content) if simple else _asked_in_json(content)
            answer = await self._carry_out(call, *ask)
        except ServiceFault as fault:
            return _written(fault.describe(), simple, 400, quotes=True)
        except ApplianceError as error:
            refusal = (nearest(_FAULTS, error) or failed)(problem_of(error).message)
            return _written(refusal.describe(), simple, 400, quotes=True)
        return _written(answer, simple, 200, quotes=self._quotes_texts)

    async def _carry_out(
        self, call: Call, name: str, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        # Some clients leave the namespace out.
        found = self._commands.get(name.removeprefix(f"{self._namespace}:"))
        if found is None:
            raise not_supported(f"There is no {name[:64]}.")
        operation, handler, takes_arguments = found
        authorize(call, operation.access, changes=operation.changes)
        carry_out: Callable[..., Awaitable[Mapping[str, Any]]] = handler
        return await (carry_out(call, arguments) if takes_arguments else carry_out(call))


async def _content(call: Call) -> bytes:
    if call.request.method == "GET":
        return b""
    try:
        return await body.read(call.request, BODY_LIMIT)
    except Problem as problem:
        raise invalid(problem.message) from None


def _asked_simply(query: Arguments, content: bytes) -> tuple[str, Mapping[str, Any]]:
    """Return what is asked for in the query and, so that secrets can be kept out of logs, in the body."""
    arguments = {**query, **Arguments.parse(content)}
    if arguments.pop("format", "") != "simple":
        raise missing("format=simple and an action are expected.")
    action = arguments.pop("action", "")
    if not action:
        raise missing("action is missing.")
    return action, simple_form.nested(arguments)


def _asked_in_json(content: bytes) -> tuple[str, Mapping[str, Any]]:
    try:
        commands = msgspec.json.decode(
            content.removeprefix(b"\xef\xbb\xbf"), type=dict[str, dict[str, Any] | None]
        )
        whole = body.travels(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise missing(f"One command with an object is expected in JSON: {error}.") from None
    if len(commands) != 1:
        raise missing("One command with an object is expected.")
    if not whole:
        raise invalid("A text cannot hold a NUL or a noncharacter.")
    name, arguments = next(iter(commands.items()))
    return name, arguments or {}


def _written(content: Mapping[str, Any], simple: bool, status: int, *, quotes: bool) -> Response:
    encoded = msgspec.json.encode(content)
    if not simple:
        return Response(encoded, status, media_type="application/json")
    plain = simple_form.lines(msgspec.json.decode(encoded), quotes=quotes)
    return Response(plain, status, headers={"Content-Type": "text/plain"})
