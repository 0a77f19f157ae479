"""JSON CGIs: the envelope, versions and errors that all of them share (VAPIX page 1.4)."""

import inspect
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.responses import Response

from common.errors import ApplianceError, nearest
from common.params.kinds import Access
from daemons.http import body
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.problems import Problem, as_text, unauthorized
from daemons.http.routes import ROUTES, Route, Routes
from daemons.http.vapix.catalogue import (
    CATALOGUE,
    Catalogue,
    Description,
    Operation,
    summary_of,
)
from daemons.http.vapix.families import ApiFault, Family, Fault

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
_VERSION = re.compile(r"([0-9]{1,4})(?:\.([0-9]{1,4}))?")

MethodHandler = Callable[[Call, Any], Awaitable[msgspec.Struct]]


class NoParameters(msgspec.Struct):
    """What a method that needs nothing takes; anything is ignored."""


class NoData(msgspec.Struct):
    """What a method that returns nothing answers: `{}`."""


class Versions(msgspec.Struct):
    """The answer of `getSupportedVersions`."""

    versions: list[str] = msgspec.field(name="apiVersions")


class _Request(msgspec.Struct):
    method: str
    api_version: str | int | float | None = msgspec.field(name="apiVersion", default=None)
    context: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    params: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Error(msgspec.Struct):
    code: int
    message: str


class _Reply(msgspec.Struct, omit_defaults=True):
    api_version: str | msgspec.UnsetType = msgspec.field(name="apiVersion", default=msgspec.UNSET)
    context: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    method: str | msgspec.UnsetType = msgspec.UNSET
    data: msgspec.Struct | msgspec.UnsetType = msgspec.UNSET
    error: _Error | msgspec.UnsetType = msgspec.UNSET


_REQUEST = msgspec.json.Decoder(_Request)
_ENCODER = msgspec.json.Encoder()


class JsonApi:
    """One JSON CGI: takes its path, reads the envelope, finds the method, checks who may call it."""

    def __init__(
        self,
        path: str,
        *,
        id: str | None,
        name: str,
        version: str,
        family: Family,
        access: Access,
        listed_version: str | None = None,
        echoes_method: bool = True,
        routes: Routes = ROUTES,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        listed = listed_version or version
        self.description = Description(path, "json", ("POST",), name, id, listed, access)
        self._version = version
        self._family = family
        self._echoes_method = echoes_method
        self._methods: dict[str, tuple[Operation, type[msgspec.Struct], MethodHandler]] = {}
        # A login that is too low is told so in the envelope, so the door asks for a login only.
        door = min(access, Access.VIEWER)
        routes.add(Route(path, frozenset({"GET", "POST"}), door, self._handle, as_text))
        catalogue.add(self.description)
        self.method("getSupportedVersions", access=access, changes=False)(self._versions)

    def method(
        self, method: str, *, access: Access, changes: bool
    ) -> Callable[[MethodHandler], MethodHandler]:
        """Declare a method; its parameters are the struct that the handler's second argument is."""

        def declare(handler: MethodHandler) -> MethodHandler:
            shape = list(inspect.signature(handler, eval_str=True).parameters.values())[1]
            parameters: type[msgspec.Struct] = shape.annotation
            fields = tuple(field.encode_name for field in msgspec.structs.fields(parameters))
            operation = Operation(method, access, changes, summary_of(handler), fields)
            self.description.declare(operation)
            self._methods[method] = (operation, parameters, handler)
            return handler

        return declare

    async def _versions(self, _call: Call, _parameters: NoParameters) -> Versions:
        """Return the newest version of each major one."""
        return Versions([self._version])

    async def _handle(self, call: Call) -> Response:
        request: _Request | None = None
        try:
            request = await self._request(call)
            data = await self._result(call, request)
        except ApiFault as fault:
            return self._refused(request, self._family.codes[fault.fault], fault.message)
        except ApplianceError as error:
            code = nearest(self._family.errors, error) or self._family.codes[Fault.INTERNAL]
            return self._refused(request, code, error.message or Fault.INTERNAL.value)
        except Problem:
            raise
        except Exception:  # the edge of the suite: nothing of a bug may leak
            log.exception("%s failed", self.description.path)
            code = self._family.codes[Fault.INTERNAL]
            return self._refused(request, code, Fault.INTERNAL.value)
        return self._answer(request, data)

    async def _request(self, call: Call) -> _Request:
        if call.request.method != "POST":
            if call.identity is None and self._needs_login():
                raise unauthorized()  # one client looks whether its password is right in this way
            raise ApiFault(
                Fault.NOT_POST, f"HTTP request type '{call.request.method}' not supported"
            )
        try:
            content = await body.read(call.request, BODY_LIMIT)
        except Problem as problem:
            raise ApiFault(Fault.TOO_LARGE) from problem
        if not content and call.identity is None and self._needs_login():
            raise unauthorized()  # Digest clients ask first, without the body, whether to log in
        try:
            return _REQUEST.decode(content.removeprefix(b"\xef\xbb\xbf"))
        except msgspec.ValidationError as error:
            raise ApiFault(Fault.MISSING, str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ApiFault(Fault.BAD_JSON) from None

    async def _result(self, call: Call, request: _Request) -> msgspec.Struct:
        found = self._methods.get(request.method)
        if found is None:
            if call.identity is None and self._needs_login():
                raise unauthorized()
            raise ApiFault(Fault.METHOD, f"Unknown method '{request.method[:64]}'")
        operation, shape, handler = found
        if call.access < operation.access and call.identity is not None:
            raise ApiFault(Fault.FORBIDDEN)
        authorize(call, operation.access, changes=operation.changes)
        if request.method != "getSupportedVersions":
            self._check_version(request)
        return await handler(call, self._parameters(request, shape))

    def _needs_login(self) -> bool:
        return any(operation.access for operation in self.description.operations)

    def _check_version(self, request: _Request) -> None:
        if request.api_version is None:
            raise ApiFault(Fault.MISSING, "apiVersion is missing")
        asked = _VERSION.fullmatch(str(request.api_version))
        major, minor = (int(part) for part in self._version.split("."))
        if asked is None or int(asked[1]) != major or int(asked[2] or 0) > minor:
            raise ApiFault(Fault.VERSION)

    def _parameters(self, request: _Request, shape: type[msgspec.Struct]) -> msgspec.Struct:
        given: bytes | msgspec.Raw = b"{}"
        if isinstance(request.params, msgspec.Raw) and bytes(request.params) != b"null":
            given = request.params
        try:
            return msgspec.json.decode(given, type=shape)
        except msgspec.ValidationError as error:
            missing = "missing required field" in str(error)
            raise ApiFault(Fault.MISSING if missing else Fault.BAD_VALUE, str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ApiFault(Fault.BAD_JSON) from None

    def _answer(self, request: _Request, data: msgspec.Struct) -> Response:
        reply = _Reply(context=request.context, data=data)
        if request.method != "getSupportedVersions":
            reply.api_version = self._version
        if self._echoes_method or request.method == "getSupportedVersions":
            reply.method = request.method
        return _json(reply)

    def _refused(self, request: _Request | None, code: int, message: str) -> Response:
        reply = _Reply(api_version=self._version, error=_Error(code, message))
        if request is not None:
            reply.context = request.context
            reply.method = request.method
        return _json(reply)


def _json(reply: _Reply) -> Response:
    return Response(_ENCODER.encode(reply), media_type="application/json")
