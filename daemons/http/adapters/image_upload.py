"""A firmware image on its way in: a multipart body whose first part is JSON and whose file goes straight to disk.

Names of the parts vary from client to client: the first part of JSON and the first file count. What the file is
written to belongs to the system daemon; this one never holds more than a fraction of a megabyte of it.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import ClientDisconnect, Request

from common.errors import InvalidValue, StorageFull
from common.update import RESERVE_BYTES
from daemons.http.adapters.multipart import Multipart, Part, boundary_of
from daemons.http.problems import Problem

WRITE_AT_ONCE: Final = 512 * 1024
LONGEST_ENVELOPE: Final = 64 * 1024
PATIENCE_S: Final = 60.0
SLOWEST_BYTES_S: Final = 16 * 1024
"""Who is slower than this, on average and after the patience, is cut off."""


class ImageUpload:
    """The body of one request, read once: first the JSON, then the file."""

    def __init__(self, request: Request, *, needs_envelope: bool = True) -> None:
        """Without `needs_envelope` the file may come alone."""
        announced = request.headers.get("content-length", "0")
        self.size = int(announced) if announced.isascii() and announced.isdigit() else 0
        """How long the whole body is; 0 where nobody said."""
        self._chunks: AsyncIterator[bytes] = request.stream()
        self._envelope = bytearray()
        self._content: list[bytes] = []
        self._content_bytes = 0
        self._needs_envelope = needs_envelope
        self._json: Part | None = None
        self._file: Part | None = None
        self._written = 0
        self._parser = Multipart(boundary_of(request), self._begun, self._came)

    async def envelope(self) -> bytes:
        """Return the JSON, having read no further than where the file begins."""
        while self._file is None and await self._read():
            if len(self._envelope) > LONGEST_ENVELOPE:
                raise Problem(413, "too_large", f"The JSON may have {LONGEST_ENVELOPE} bytes.")
        return bytes(self._envelope)

    async def write_to(self, descriptor: int, limit: int) -> int:
        """Write the file of at most `limit` bytes, which has to be all that is left; returns its size."""
        began = time.monotonic()
        more = True
        while more:
            more = await self._read()
            if self._content_bytes >= WRITE_AT_ONCE or not more:
                await self._write(descriptor, limit)
            took = time.monotonic() - began
            if took > PATIENCE_S and self._written < SLOWEST_BYTES_S * took:
                raise Problem(408, "too_slow", "The image comes too slowly.")
        if self._file is None or not self._written:
            raise InvalidValue("the request holds no firmware image")
        if not self._parser.complete:
            raise InvalidValue("the request was cut off")
        return self._written

    async def _read(self) -> bool:
        """Read on; returns whether there was more."""
        try:
            chunk = await anext(self._chunks)
        except (StopAsyncIteration, ClientDisconnect):
            return False
        self._parser.feed(chunk)
        return True

    def _begun(self, part: Part) -> None:
        if self._json is None and self._file is None and part.is_json:
            self._json = part
        elif self._file is None and part.file_name is not None:
            if self._needs_envelope and self._json is None:
                raise InvalidValue("the JSON comes before the firmware image")
            self._file = part

    def _came(self, part: Part, data: bytes) -> None:
        if part is self._json:
            self._envelope += data
        elif part is self._file:
            self._content.append(data)
            self._content_bytes += len(data)

    async def _write(self, descriptor: int, limit: int) -> None:
        content = b"".join(self._content)
        self._content.clear()
        self._content_bytes = 0
        if self._written + len(content) > limit:
            raise InvalidValue(f"a firmware image may have at most {limit // 2**20} MB")
        try:
            await asyncio.to_thread(_write_all, descriptor, content)
        except OSError:
            raise _no_room() from None
        self._written += len(content)


def _no_room() -> StorageFull:
    return StorageFull("there is no room for the firmware image")


def _write_all(descriptor: int, content: bytes) -> None:
    room = os.fstatvfs(descriptor)
    # Whoever does not say how much comes must not fill the disk under everybody's feet.
    if room.f_bavail * room.f_frsize - len(content) < RESERVE_BYTES:
        raise _no_room()
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
