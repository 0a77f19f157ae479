"""JSON CGIs: the envelope, versions and errors that all of them share (VAPIX page 1.4)."""

import inspect
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from starlette.responses import Response

from common.errors import ApplianceError
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


class Nothing(msgspec.Struct):
    """What a method answers whose reply has no `data` at all."""


class Versions(msgspec.Struct):
    """The answer of `getSupportedVersions`."""

    versions: list[str] = msgspec.field(name="apiVersions")


class _Request(msgspec.Struct):
    method: str
    api_version: str | int | float | None = msgspec.field(name="apiVersion", default=None)
    context: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    params: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Error(msgspec.Struct, omit_defaults=True):
    code: int
    message: str
    details: Mapping[str, str] | msgspec.UnsetType = msgspec.UNSET


class _Reply(msgspec.Struct, omit_defaults=True):
    api_version: str | msgspec.UnsetType = msgspec.field(name="apiVersion", default=msgspec.UNSET)
    context: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    method: str | msgspec.UnsetType = msgspec.UNSET
    data: msgspec.Struct | msgspec.UnsetType = msgspec.UNSET
    error: _Error | msgspec.UnsetType = msgspec.UNSET
    errors: list[_Error] | msgspec.UnsetType = msgspec.UNSET
    """All of them, the one in `error` first, where there are more than one."""


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
        versions_access: Access | None = None,
        listed_version: str | None = None,
        older: Mapping[str, Family] | None = None,
        echoes_method: bool = True,
        versions_have_version: bool = False,
        read: Callable[[Call], Awaitable[bytes]] | None = None,
        routes: Routes = ROUTES,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        """`versions_access` is who may ask for the versions, where that is not who may use the API.

        `older` are versions of other major numbers that are spoken as well, each with its codes.

        `versions_have_version` is for an API whose clients look for `apiVersion` in the answer of
        `getSupportedVersions`, too, where most units do not put it.

        `read` returns the JSON of a request whose body may have more in it.
        """
        listed = listed_version or version
        self.description = Description(path, "json", ("POST",), name, id, listed, access)
        self._newest = _Dialect(version, family)
        self._dialects = {
            one.major: one
            for one in (*(_Dialect(*pair) for pair in (older or {}).items()), self._newest)
        }
        self._echoes_method = echoes_method
        self._versions_have_version = versions_have_version
        self._read = read or _read
        self._methods: dict[str, tuple[Operation, Any, MethodHandler]] = {}
        # A login that is too low is told so in the envelope, so the door asks for a login only.
        door = min(access, Access.VIEWER)
        routes.add(Route(path, frozenset({"GET", "POST"}), door, self._handle, as_text))
        catalogue.add(self.description)
        asking = access if versions_access is None else versions_access
        self.method("getSupportedVersions", access=asking, changes=False)(self._versions)

    def method(
        self, method: str, *, access: Access, changes: bool
    ) -> Callable[[MethodHandler], MethodHandler]:
        """Declare a method; its parameters are its second argument: a struct, or a choice of one and a list."""

        def declare(handler: MethodHandler) -> MethodHandler:
            shape = list(inspect.signature(handler, eval_str=True).parameters.values())[1]
            parameters = shape.annotation
            fields = _fields(parameters)
            operation = Operation(method, access, changes, summary_of(handler), fields)
            self.description.declare(operation)
            self._methods[method] = (operation, parameters, handler)
            return handler

        return declare

    async def _versions(self, _call: Call, _parameters: NoParameters) -> Versions:
        """Return the newest version of each major one."""
        return Versions([one.version for one in self._dialects.values()])

    async def _handle(self, call: Call) -> Response:
        request: _Request | None = None
        dialect = self._newest
        try:
            request = await self._request(call)
            dialect = self._dialect(request) or self._newest
            data = await self._result(call, request)
        except ApiFault as fault:
            errors = [_error(dialect, one) for one in (fault, *fault.others)]
            return _refused(request, dialect, *errors)
        except ApplianceError as error:
            return _refused(
                request,
                dialect,
                _Error(dialect.family.code_of(error), error.message or Fault.INTERNAL.value),
            )
        except Problem:
            raise
        except Exception:  # the edge of the suite: nothing of a bug may leak
            log.exception("%s failed", self.description.path)
            return _refused(request, dialect, _error(dialect, ApiFault(Fault.INTERNAL)))
        return self._answer(request, dialect, data)

    async def _request(self, call: Call) -> _Request:
        if call.request.method != "POST":
            if call.identity is None and self._needs_login():
                raise unauthorized()  # one client looks whether its password is right in this way
            raise ApiFault(
                Fault.NOT_POST, f"HTTP request type '{call.request.method}' not supported"
            )
        try:
            content = await self._read(call)
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
        if self._dialect(request) is None:
            raise ApiFault(Fault.VERSION)

    def _dialect(self, request: _Request) -> "_Dialect | None":
        """Return in which of the versions spoken here the request is."""
        asked = _VERSION.fullmatch(str(request.api_version))
        dialect = self._dialects.get(int(asked[1])) if asked else None
        if asked is None or dialect is None or int(asked[2] or 0) > dialect.minor:
            return None
        return dialect

    def _parameters(self, request: _Request, shape: Any) -> Any:
        if shape is NoParameters:
            return NoParameters()
        given: bytes | msgspec.Raw = b"{}"
        if isinstance(request.params, msgspec.Raw) and bytes(request.params) != b"null":
            given = request.params
        try:
            parameters = msgspec.json.decode(given, type=shape)
            whole = body.travels(bytes(given))
        except msgspec.ValidationError as error:
            raise ApiFault(_fault_of(str(error)), str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ApiFault(Fault.BAD_JSON) from None
        if not whole:
            raise ApiFault(Fault.BAD_VALUE, "a text cannot hold a NUL or a noncharacter")
        return parameters

    def _answer(self, request: _Request, dialect: "_Dialect", data: msgspec.Struct) -> Response:
        reply = _Reply(context=request.context)
        if not isinstance(data, Nothing):
            reply.data = data
        if request.method != "getSupportedVersions" or self._versions_have_version:
            reply.api_version = dialect.version
        if self._echoes_method or request.method == "getSupportedVersions":
            reply.method = request.method
        return _json(reply)


async def _read(call: Call) -> bytes:
    return await body.read(call.request, BODY_LIMIT)


@dataclass(frozen=True)
class _Dialect:
    """A version that is spoken, with its codes."""

    version: str
    family: Family

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    @property
    def minor(self) -> int:
        return int(self.version.partition(".")[2])


def _fields(shape: Any) -> tuple[str, ...]:
    """Return the names of what is in a struct, or in the first one of a choice."""
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        return tuple(field.encode_name for field in msgspec.structs.fields(shape))
    return _fields(get_args(shape)[0])


def _fault_of(explanation: str) -> Fault:
    """Return what msgspec complains of."""
    if "missing required field" in explanation:
        return Fault.MISSING
    return Fault.UNKNOWN if "unknown field" in explanation else Fault.BAD_VALUE


def _error(dialect: _Dialect, fault: ApiFault) -> _Error:
    details = msgspec.UNSET if fault.details is None else fault.details
    family = dialect.family
    return _Error(fault.code or family.codes[fault.fault], family.message_of(fault), details)


def _refused(request: _Request | None, dialect: _Dialect, *errors: _Error) -> Response:
    reply = _Reply(api_version=dialect.version, error=errors[0])
    if len(errors) > 1:
        reply.errors = list(errors)
    if request is not None:
        reply.context = request.context
        reply.method = request.method
    return _json(reply)


def _json(reply: _Reply) -> Response:
    return Response(_ENCODER.encode(reply), media_type="application/json")
