"""Multipart bodies as they come, part by part, in bounded memory (RFC 7578)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from daemons.http.problems import Problem

LONGEST_HEADERS = 8 * 1024
MOST_PARTS = 16
_LONGEST_BOUNDARY = 70


@dataclass(eq=False)
class Part:
    """One part of a body, by its header."""

    headers: dict[str, str] = field(default_factory=dict)
    file_name: str | None = None
    """What the client calls the file; None for a part that is no file."""

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON, or is a plain field, of which some clients say nothing."""
        kind, _options = parse_options_header(self.headers.get("content-type", ""))
        return kind == b"application/json" or (not kind and self.file_name is None)


class Multipart:
    """Reads a body; tells of each part when its header is known, and of what comes of it."""

    def __init__(
        self,
        boundary: bytes,
        begun: Callable[[Part], None],
        came: Callable[[Part, bytes], None],
    ) -> None:
        self.complete = False
        self._begun = begun
        self._came = came
        self._part = Part()
        self._parts = 0
        self._header_bytes = 0
        self._name = bytearray()
        self._value = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_begin,
                "on_header_field": self._on_name,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_end": self._on_end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Read on; raises `Problem` for what is no multipart body."""
        try:
            self._parser.write(chunk)
        except MultipartParseError:
            raise malformed() from None

    def _on_begin(self) -> None:
        self._part = Part()
        self._parts += 1
        self._header_bytes = 0
        if self._parts > MOST_PARTS:
            raise Problem(400, "invalid", f"A body may have at most {MOST_PARTS} parts.")

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > LONGEST_HEADERS:
            raise malformed()

    def _on_header_end(self) -> None:
        name = self._name.decode("latin-1").lower()
        self._part.headers[name] = self._value.decode("latin-1")
        self._name.clear()
        self._value.clear()

    def _on_headers(self) -> None:
        disposition = self._part.headers.get("content-disposition", "")
        _kind, options = parse_options_header(disposition)
        if b"filename" in options:
            self._part.file_name = options[b"filename"].decode("utf-8", "replace")
        self._begun(self._part)

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._came(self._part, data[start:end])

    def _on_end(self) -> None:
        self.complete = True


def is_multipart(request: Request) -> bool:
    """Whether a request says that its body is multipart."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


def boundary_of(request: Request) -> bytes:
    """Return what stands between the parts; raises `Problem`."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= _LONGEST_BOUNDARY:
        raise Problem(400, "invalid", "An upload is multipart/form-data with a boundary.")
    return boundary


def malformed() -> Problem:
    """Return the problem of a body that is none."""
    return Problem(400, "invalid", "The upload is malformed or cut off.")
