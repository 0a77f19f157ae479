"""What goes wrong with a request, and how each kind of path says so.

Handlers raise `Problem`, or let an `ApplianceError` through; the route knows the form its clients expect.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec
from starlette.responses import Response

from common import errors


@dataclass
class Problem(Exception):
    """An answer other than the one asked for."""

    status: int
    code: str
    """A word for programs."""
    message: str
    """A sentence for people."""
    details: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False
    """The client's nonce was too old, its password right."""


Refuse = Callable[[Problem], Response]
"""Writes a problem in the form of a family of paths."""

HTTP_STATUS: Mapping[type[errors.ApplianceError], tuple[int, str]] = {
    errors.InvalidValue: (400, "invalid"),
    errors.NotPermitted: (403, "not_permitted"),
    errors.NotFound: (404, "not_found"),
    errors.Conflict: (409, "conflict"),
    errors.NotSupported: (501, "not_supported"),
    errors.HardwareFault: (503, "hardware_fault"),
    errors.Unavailable: (503, "unavailable"),
    errors.StorageFull: (507, "storage_full"),
    errors.ApplianceError: (500, "internal"),
}

REASONS = {
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    411: "Length Required",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    410: "Gone",
    412: "Precondition Failed",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    423: "Locked",
    424: "Failed Dependency",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    507: "Insufficient Storage",
}


def problem_of(error: errors.ApplianceError) -> Problem:
    """Return what an error of the suite is to an HTTP client."""
    status, code = errors.nearest(HTTP_STATUS, error) or (500, "internal")
    message = error.message or "The unit met an internal error."
    return Problem(status, code, message)


def not_found(path: str) -> Problem:
    """Return the problem of a path that leads nowhere."""
    message = f"The requested URL {path} was not found on this server."
    return Problem(404, "not_found", message)


def unauthorized(message: str = "A login is required.", *, stale: bool = False) -> Problem:
    """Return the problem of a missing or wrong login; the gate adds the challenge."""
    return Problem(401, "login_required", message, stale=stale)


def as_page(problem: Problem) -> Response:
    """Write a small HTML page, the form of a path that does not exist (VAPIX page 1.8)."""
    title = f"{problem.status} {REASONS.get(problem.status, '')}"
    body = (
        f"<HTML><HEAD><TITLE>{title}</TITLE></HEAD>\n<BODY><H1>{title}</H1>\n"
        f"{html.escape(problem.message)}\n</BODY></HTML>\n"
    )
    return Response(
        body.encode("iso-8859-1", "replace"),
        problem.status,
        dict(problem.headers),
        media_type="text/html; charset=ISO-8859-1",
    )


def as_text(problem: Problem) -> Response:
    """Write two lines of text: the status, and why."""
    title = f"{problem.status} {REASONS.get(problem.status, '')}"
    return Response(
        f"{title}\n{problem.message}\n",
        problem.status,
        dict(problem.headers),
        media_type="text/plain",
    )


def as_json(problem: Problem) -> Response:
    """Write the error object of our own paths."""
    error: dict[str, object] = {"code": problem.code, "message": problem.message}
    if problem.details is not None:
        error["details"] = dict(problem.details)
    return Response(
        msgspec.json.encode({"error": error}),
        problem.status,
        dict(problem.headers),
        media_type="application/json",
    )
