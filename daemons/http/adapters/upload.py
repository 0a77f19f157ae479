"""Uploads: a multipart body read as a stream into a file without a name, in bounded memory."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from daemons.http.problems import Problem
from daemons.http.unit import Unit

WRITE_AT_ONCE = 256 * 1024
ENVELOPE = 64 * 1024
"""What the multipart format may add to a file."""
_LONGEST_HEADERS = 8 * 1024
_MOST_PARTS = 16
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Uploaded:
    """A file that arrived."""

    file: BinaryIO
    name: str
    """The last part of the name that the client gave it."""
    size: int


@dataclass
class _Part:
    headers: dict[str, str] = field(default_factory=dict)
    header_bytes: int = 0
    field_name: bytearray = field(default_factory=bytearray)
    field_value: bytearray = field(default_factory=bytearray)
    wanted: bool = False


class _FirstFile:
    """Takes the first part that has a file name out of a multipart body; all others are skipped."""

    def __init__(self, boundary: bytes) -> None:
        self.name: str | None = None
        self.complete = False
        self.pending: list[bytes] = []
        self.pending_bytes = 0
        self._part = _Part()
        self._parts = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Read on."""
        try:
            self._parser.write(chunk)
        except MultipartParseError:
            raise _malformed() from None

    def take(self) -> bytes:
        """Return what has come of the file since the last time."""
        content = b"".join(self.pending)
        self.pending.clear()
        self.pending_bytes = 0
        return content

    def _begin(self) -> None:
        self._part = _Part()
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Problem(400, "invalid", f"An upload may have at most {_MOST_PARTS} parts.")

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._part.field_name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._part.field_value += data[start:end]

    def _count(self, size: int) -> None:
        self._part.header_bytes += size
        if self._part.header_bytes > _LONGEST_HEADERS:
            raise _malformed()

    def _header_end(self) -> None:
        name = self._part.field_name.decode("latin-1").lower()
        self._part.headers[name] = self._part.field_value.decode("latin-1")  # as the parser has it
        self._part.field_name.clear()
        self._part.field_value.clear()

    def _headers_finished(self) -> None:
        disposition = self._part.headers.get("content-disposition", "")
        _kind, options = parse_options_header(disposition)
        if self.name is None and b"filename" in options:
            self.name = _last_part(options[b"filename"].decode("utf-8", "replace"))
            self._part.wanted = True

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part.wanted:
            self.pending.append(data[start:end])
            self.pending_bytes += end - start

    def _end(self) -> None:
        self.complete = True


@asynccontextmanager
async def received(request: Request, unit: Unit) -> AsyncIterator[Uploaded]:
    """Receive the file in a multipart body; it is gone when the block ends."""
    limit = unit.settings.now.upload_limit_bytes
    boundary = _boundary(request)
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit + ENVELOPE:
        raise _too_large(limit)
    if unit.uploads.locked():
        raise Problem(
            503, "busy", "Too many uploads at once. Try again later.", headers={"Retry-After": "5"}
        )
    async with unit.uploads:
        with await asyncio.to_thread(_nameless_file, unit.uploads_folder) as file:
            name, size = await _fill(file, request, boundary, limit)
            yield Uploaded(file, name, size)


def _nameless_file(folder: Path) -> BinaryIO:
    return cast(BinaryIO, tempfile.TemporaryFile(dir=folder))


async def _fill(file: BinaryIO, request: Request, boundary: bytes, limit: int) -> tuple[str, int]:
    parser = _FirstFile(boundary)
    size = read = 0
    async for chunk in request.stream():
        read += len(chunk)
        parser.feed(chunk)
        if read > limit + ENVELOPE or size + parser.pending_bytes > limit:
            raise _too_large(limit)
        if parser.pending_bytes >= WRITE_AT_ONCE:
            size += await _write(file, parser.take())
    size += await _write(file, parser.take())
    if parser.name is None:
        raise Problem(400, "invalid", "The upload holds no file.")
    if not parser.complete:
        raise _malformed()
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    return parser.name, size


async def _write(file: BinaryIO, content: bytes) -> int:
    if content:
        try:
            await asyncio.to_thread(_write_all, file, content)
        except OSError:
            raise Problem(507, "storage_full", "There is no room for the upload.") from None
    return len(content)


def _write_all(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 70:
        raise Problem(400, "invalid", "An upload is multipart/form-data with a boundary.")
    return boundary


def _last_part(name: str) -> str:
    """Return a file name without the folders that some clients send along, and without control characters."""
    last = name.replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]
    return "".join(character if character.isprintable() else "_" for character in last)


def _malformed() -> Problem:
    return Problem(400, "invalid", "The upload is malformed or cut off.")


def _too_large(limit: int) -> Problem:
    megabytes = limit / 1024 / 1024
    return Problem(413, "too_large", f"A file may have at most {megabytes:g} MB.")
