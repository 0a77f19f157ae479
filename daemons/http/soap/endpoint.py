"""One SOAP endpoint: the name of the body's one element decides what is done, whatever else the request says.

Content types, SOAPAction and prefixes are the client's own business: real ones send all kinds.
"""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from common.errors import ApplianceError, InvalidValue
from common.params.kinds import Access
from daemons.http import body
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.problems import as_text
from daemons.http.routes import ROUTES, Route, Routes
from daemons.http.soap import fault, message, reader, writer
from daemons.http.soap.fault import SoapFault
from daemons.http.soap.names import PREFIXES
from daemons.http.soap.reader import Element, Name
from daemons.http.vapix.catalogue import (
    CATALOGUE,
    Catalogue,
    Description,
    Operation,
    summary_of,
)

BODY_LIMIT = 256 * 1024

Handler = Callable[[Call, Element], Awaitable[str]]
"""Takes the element that asks, and returns what the element that answers holds, as XML."""

_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}


class SoapEndpoint:
    """A path with its operations."""

    def __init__(
        self,
        path: str,
        *,
        name: str,
        version: str,
        access: Access,
        routes: Routes = ROUTES,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        self.description = Description(path, "soap", ("POST",), name, None, version, access)
        self._operations: dict[Name, tuple[Operation, Handler]] = {}
        routes.add(Route(path, frozenset({"POST"}), access, self._handle, as_text))
        catalogue.add(self.description)

    def operation(
        self, namespace: str, name: str, *, access: Access, changes: bool
    ) -> Callable[[Handler], Handler]:
        """Declare an operation of one of the namespaces that answers know."""

        def declare(handler: Handler) -> Handler:
            full_name = f"{_PREFIX_OF[namespace]}:{name}"
            operation = Operation(full_name, access, changes, summary_of(handler))
            self.description.declare(operation)
            self._operations[namespace, name] = (operation, handler)
            return handler

        return declare

    async def _handle(self, call: Call) -> Response:
        try:
            return _answer(await self._answered(call, await body.read(call.request, BODY_LIMIT)))
        except ApplianceError as error:
            return _answer(fault.of_error(error).as_body(), fault.STATUS)

    async def _answered(self, call: Call, content: bytes) -> str:
        try:
            envelope = reader.read(content)
        except InvalidValue as error:
            raise fault.malformed(f"The message cannot be read: {error.message}.") from None
        asked = message.asked(envelope)
        found = self._operations.get(asked.name)
        if found is None:
            raise SoapFault(
                f"There is no operation {asked.local[:64]} here.",
                sub_code="ter:ActionNotSupported",
            )
        operation, handler = found
        authorize(call, operation.access, changes=operation.changes)
        return writer.element(f"{operation.name}Response", await handler(call, asked))


def _answer(content: str, status: int = 200) -> Response:
    return Response(
        writer.envelope(content),
        status,
        headers={"Content-Type": "application/soap+xml; charset=utf-8"},
    )
