"""Service APIs, `/vapix/<service>`: a command as JSON or in the simple form, and faults (VAPIX page 1.5)."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from common.errors import ApplianceError
from common.params.kinds import Access
from daemons.http import body
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.forms import Arguments
from daemons.http.problems import as_text, problem_of
from daemons.http.routes import ROUTES, Route, Routes
from daemons.http.vapix.catalogue import (
    CATALOGUE,
    Catalogue,
    Description,
    Operation,
    summary_of,
)

BODY_LIMIT: Final = 64 * 1024

CommandHandler = (
    Callable[[Call], Awaitable[Mapping[str, Any]]]
    | Callable[[Call, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
)
"""Takes the call, and what was sent with the command if it has a second argument."""


class ServiceFault(Exception):
    """A fault object as the answer, which has the status 400."""

    def __init__(self, sub_code: str, reason: str, *, senders: bool = False) -> None:
        """`senders` says that the request is at fault, not the unit."""
        self.sub_code = sub_code
        self.reason = reason
        self.senders = senders
        super().__init__(reason)

    def describe(self) -> dict[str, str | None]:
        """Return the object."""
        return {
            "Fault": "env:Sender" if self.senders else "env:Receiver",
            "FaultCode": "ter:InvalidArgVal" if self.senders else "ter:Action",
            "FaultSubCode": self.sub_code,
            "FaultReason": self.reason,
            "FaultMsg": None,
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
        routes: Routes = ROUTES,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        self.description = Description(path, "service", ("GET", "POST"), name, id, version, access)
        self._namespace = namespace
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
            self._commands[full_name] = (operation, handler, takes_arguments)
            return handler

        return declare

    async def _handle(self, call: Call) -> Response:
        query: bytes = call.request.scope["query_string"]
        simple = call.request.method == "GET"
        try:
            arguments = Arguments.parse(query)
            simple = simple or arguments.get("format") == "simple"
            ask = self._asked_simply(arguments) if simple else await self._asked_in_json(call)
            answer = await self._carry_out(call, *ask)
        except ServiceFault as fault:
            return _written(fault.describe(), simple, 400, quoted=True)
        except ApplianceError as error:
            failure = ServiceFault("ter:Failure", problem_of(error).message)
            return _written(failure.describe(), simple, 400, quoted=True)
        return _written(answer, simple, 200)

    async def _carry_out(
        self, call: Call, name: str, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        found = self._commands.get(name)
        if found is None:
            raise ServiceFault("ter:ActionNotSupported", f"There is no {name[:64]}.", senders=True)
        operation, handler, takes_arguments = found
        authorize(call, operation.access, changes=operation.changes)
        carry_out: Callable[..., Awaitable[Mapping[str, Any]]] = handler
        return await (carry_out(call, arguments) if takes_arguments else carry_out(call))

    @staticmethod
    def _asked_simply(arguments: Arguments) -> tuple[str, Mapping[str, Any]]:
        if arguments.get("format") != "simple" or not arguments.get("action"):
            raise ServiceFault(
                "ter:InvalidArgs", "format=simple and an action are expected.", senders=True
            )
        sent = {name: arguments[name] for name in arguments if name not in ("format", "action")}
        return arguments["action"], _nested(sent)

    @staticmethod
    async def _asked_in_json(call: Call) -> tuple[str, Mapping[str, Any]]:
        content = await body.read(call.request, BODY_LIMIT)
        try:
            commands = msgspec.json.decode(content, type=dict[str, dict[str, Any]])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            commands = {}
        if len(commands) != 1:
            raise ServiceFault(
                "ter:InvalidArgs", "One command with an object is expected.", senders=True
            )
        return next(iter(commands.items()))


def _nested(sent: Mapping[str, str]) -> dict[str, Any]:
    """Return the object that `Key_SubKey=value` stands for; quotes around a value are its form, not its content."""
    whole: dict[str, Any] = {}
    for name, text in sent.items():
        *outer, last = name.split("_", 8)
        inner = whole
        for key in outer:
            inner = inner.setdefault(key, {})
            if not isinstance(inner, dict):
                raise ServiceFault("ter:InvalidArgs", f"{key[:64]} is given twice.", senders=True)
        quoted = len(text) > 1 and text[0] == text[-1] == '"'
        inner[last] = text[1:-1] if quoted else text
    return whole


def _written(
    content: Mapping[str, Any], simple: bool, status: int, quoted: bool = False
) -> Response:
    if not simple:
        return Response(msgspec.json.encode(content), status, media_type="application/json")
    lines = [f"{name}={value}\n" for name, value in _flat(content, quoted)]
    return Response("".join(lines), status, headers={"Content-Type": "text/plain"})


def _flat(content: Mapping[str, Any], quoted: bool, before: str = "") -> list[tuple[str, str]]:
    """Return the simple form of an object: `Key_SubKey=value`."""
    pairs = []
    for key, value in content.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, quoted, f"{before}{key}_")
        elif value is None:
            pairs.append((before + key, "null"))
        else:
            word = str(value).lower() if isinstance(value, bool) else str(value)
            text = quote(word, safe=": '.,")
            pairs.append((before + key, f'"{text}"' if quoted else text))
    return pairs
