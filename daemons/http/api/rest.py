"""The suite's own paths under /api: JSON both ways, errors as `{"error": {"code", "message"}}`."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.responses import Response

from common.params.kinds import Access
from daemons.http import body
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.problems import Problem, as_json
from daemons.http.routes import ROUTES, Route, Routes
from daemons.http.vapix.catalogue import (
    CATALOGUE,
    Catalogue,
    Description,
    Operation,
    summary_of,
)

BODY_LIMIT = 64 * 1024

_Handler = Callable[[Call], Awaitable[Response]]
_Shape = TypeVar("_Shape")


class Resource:
    """One path: takes it, and finds the handler of a method."""

    def __init__(
        self,
        path: str,
        methods: frozenset[str],
        *,
        access: Access,
        routes: Routes = ROUTES,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        self._methods = methods
        self._handlers: dict[str, tuple[Operation, _Handler]] = {}
        listed = tuple(sorted(methods))
        self.description = Description(path, "rest", listed, path, None, "", access)
        routes.add(Route(path, methods, access, self._handle, as_json))
        catalogue.add(self.description)

    def on(self, method: str, *, access: Access, changes: bool) -> Callable[[_Handler], _Handler]:
        """Declare what a method does."""

        def declare(handler: _Handler) -> _Handler:
            if method not in self._methods:
                raise ValueError(f"{self.description.path} does not have {method}")
            operation = Operation(method, access, changes, summary_of(handler))
            self.description.declare(operation)
            self._handlers[method] = (operation, handler)
            return handler

        return declare

    async def _handle(self, call: Call) -> Response:
        operation, handler = self._handlers[call.request.method]
        authorize(call, operation.access, changes=operation.changes)
        return await handler(call)


def json(content: Any, status: int = 200) -> Response:
    """Return an answer in JSON."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def raw_json(content: str) -> Response:
    """Return an answer that is JSON already."""
    return Response(content.encode(), media_type="application/json")


async def posted(call: Call, shape: type[_Shape], limit: int = BODY_LIMIT) -> _Shape:
    """Return the body, which has to be JSON of that shape and of at most `limit` bytes.

    What is wrong with one field stands in the details of the refusal, under the field's name.
    """
    content = await body.read(call.request, limit)
    try:
        posted = msgspec.json.decode(content, type=shape)
        whole = body.travels(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The body is not what is expected: {error}."
        field, what = body.complaint(error)
        raise Problem(400, "invalid", message, {field: what} if field else None) from None
    if not whole:
        raise Problem(400, "invalid", "A text cannot hold a NUL or a noncharacter.")
    return posted
