"""APIs below `/config/rest`: properties and collections as JSON (VAPIX page 1.6).

An API is declared with its version, then each path with what a method does there. Discovery documents, the catalogue
and the errors of the family derive from that.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from starlette.responses import Response

from common.errors import ApplianceError, Conflict, InvalidValue, NotFound, nearest
from common.params.kinds import Access
from daemons.http import body
from daemons.http.authorize import authorize
from daemons.http.call import Call
from daemons.http.problems import Problem, problem_of
from daemons.http.routes import ROUTES, Route, Routes
from daemons.http.vapix.catalogue import (
    CATALOGUE,
    Catalogue,
    Description,
    Operation,
    summary_of,
)

BODY_LIMIT: Final = 64 * 1024
METHODS: Final = frozenset({"GET", "POST", "PATCH", "DELETE"})
_JSON: Final = ("application/json", "application/x-www-form-urlencoded")
"""The second is what curl calls everything that it is not told of."""

_INTERNAL: Final = 0
_NO_RESOURCE: Final = 1
_CODES: Mapping[int, tuple[int, str]] = {
    400: (5, "Validation error: "),
    404: (_NO_RESOURCE, "Resource not found: "),
    415: (11, "Bad content type: "),
}
"""HTTP status -> number and beginning of the text. Of others no unit has been seen to tell: they get 0."""
_ERRORS: Mapping[type[ApplianceError], tuple[int, int, str]] = {
    InvalidValue: (400, 5, "Validation error: "),
    NotFound: (404, 2, "Item does not exist: "),
    Conflict: (409, 6, "Item already exists: "),
}

Handler = Callable[[Call, Mapping[str, str], Any], Awaitable[Any]]
"""Takes the call, the open parts of the path, and `data` of the body; returns `data` of the answer, or None."""


@dataclass(frozen=True)
class Place:
    """What one method does at one path."""

    method: str
    path: str
    pattern: re.Pattern[str]
    operation: Operation
    handler: Handler
    takes_data: bool
    status: int
    """Of the answer when it worked."""


@dataclass
class ConfigApi:
    """One API, in one version."""

    id: str
    name: str
    summary: str
    major: int
    state: str
    """`alpha`, `beta` or `released`."""
    version: str
    access: Access
    """The least that anything in it asks for."""
    model: Mapping[str, Any]
    """Its root entity, as `model.json` has it."""
    routes: Routes = field(default=ROUTES, repr=False)
    catalogue: Catalogue = field(default=CATALOGUE, repr=False)
    places: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.description = Description(
            self.base, "config", tuple(sorted(METHODS)), self.name, None, self.version, self.access
        )
        for path in (self.base, f"{self.base}/{{below}}"):
            self.routes.add(Route(path, METHODS, self.access, self._handle, as_config))
        self.catalogue.add(self.description)

    @property
    def base(self) -> str:
        """Where it lies."""
        suffix = "" if self.state == "released" else self.state
        return f"/config/rest/{self.id}/v{self.major}{suffix}"

    def on(
        self, method: str, path: str, *, access: Access, changes: bool, action: bool = False
    ) -> Callable[[Handler], Handler]:
        """Declare what a method does at a path such as `/sources/{id}`; a POST that is no action adds an item."""

        def declare(handler: Handler) -> Handler:
            if method not in METHODS:
                raise ValueError(f"{self.base} does not have {method}")
            operation = Operation(f"{method} {path or '/'}", access, changes, summary_of(handler))
            self.description.declare(operation)
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.removeprefix("/")))
            takes_data = method in ("POST", "PATCH")
            status = 201 if method == "POST" and not action else 200
            self.places.append(Place(method, path, pattern, operation, handler, takes_data, status))
            return handler

        return declare

    async def _handle(self, call: Call) -> Response:
        below: str = call.request.path_params.get("below", "")
        try:
            place, parts = self._find(call.request.method, below)
            authorize(call, place.operation.access, changes=place.operation.changes)
            data = await _data(call) if place.takes_data else None
            answer = await place.handler(call, parts, data)
        except ApplianceError as error:
            return _refusal(error)
        except RecursionError:
            return _refusal(InvalidValue("the data is nested too deeply"))
        return success(answer, place.status)

    def _find(self, method: str, below: str) -> tuple[Place, Mapping[str, str]]:
        here = [
            (place, match.groupdict())
            for place in self.places
            if (match := place.pattern.fullmatch(below)) is not None
        ]
        if not here:
            raise Problem(404, "not_found", f"{self.base}/{below}")
        for place, parts in here:
            if place.method == method:
                return place, parts
        allowed = ", ".join(sorted({place.method for place, _parts in here}))
        message = f"Only {allowed} can be used here."
        raise Problem(405, "method", message, headers={"Allow": allowed})


def success(data: Any, status: int = 200) -> Response:
    """Return the answer of something that worked."""
    content = {"status": "success"} if data is None else {"status": "success", "data": data}
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def as_config(problem: Problem) -> Response:
    """Write a problem as these APIs do."""
    code, begin = _CODES.get(problem.status, (_INTERNAL, ""))
    return _error(problem.status, code, begin + problem.message, problem.headers)


def _refusal(error: ApplianceError) -> Response:
    known = nearest(_ERRORS, error)
    if known is None:
        return _error(problem_of(error).status, _INTERNAL, f"Internal error: {error.message}")
    status, code, begin = known
    return _error(status, code, begin + error.message)


def _error(
    status: int, code: int, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    content = {"status": "error", "error": {"code": code, "message": message}}
    return Response(
        msgspec.json.encode(content), status, dict(headers or {}), media_type="application/json"
    )


async def _data(call: Call) -> Any:
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in _JSON:
        raise Problem(415, "type", f"{kind[:60]}, expected application/json")
    content = await body.read(call.request, BODY_LIMIT)
    try:
        decoded = msgspec.json.decode(content, type=dict[str, Any])
        whole = body.travels(content)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        raise InvalidValue('the body must be a JSON object with "data"') from None
    if not whole:
        raise InvalidValue("a text cannot hold a NUL or a noncharacter")
    if "data" not in decoded:
        raise InvalidValue('the body lacks "data"')
    return decoded["data"]


class ConfigApis:
    """All that have been declared."""

    def __init__(self) -> None:
        self._apis: list[ConfigApi] = []

    def add(self, api: ConfigApi) -> ConfigApi:
        """Let discovery know an API."""
        self._apis.append(api)
        return api

    def __iter__(self) -> Iterator[ConfigApi]:
        return iter(sorted(self._apis, key=lambda api: (api.id, api.major)))


APIS = ConfigApis()
