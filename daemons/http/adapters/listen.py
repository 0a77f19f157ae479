"""Live audio from the audio daemon's socket to a client, block by block, until either leaves."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

LARGEST_BLOCK = 64 * 1024
_BOUNDARY = "c8210-audio"


Guard = AbstractContextManager[None]
"""Is entered as long as the answer is sent."""


def single(descriptor: int, media_type: str, guard: Guard) -> Response:
    """Return an answer of blocks and nothing else."""
    return _Live(_Blocks(descriptor), media_type, lambda block: block, guard)


def multipart(descriptor: int, media_type: str, guard: Guard) -> Response:
    """Return an answer with each block in a part of its own (VAPIX page 4.2)."""
    head = f"--{_BOUNDARY}\r\nContent-Type: {media_type}\r\nContent-Length: ".encode()

    def part(block: bytes) -> bytes:
        return head + f"{len(block)}\r\n\r\n".encode() + block + b"\r\n"

    kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
    return _Live(_Blocks(descriptor), kind, part, guard)


class _Blocks:
    """The socket, in our hands from the beginning: an answer that is never sent gives it back as well."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(False)

    async def each(self, form: Callable[[bytes], bytes]) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while True:
            try:
                block = await loop.sock_recv(self._socket, LARGEST_BLOCK)
            except OSError:  # the encoder is gone
                return
            if not block:
                return
            yield form(block)

    def close(self) -> None:
        self._socket.close()


class _Live(StreamingResponse):
    def __init__(
        self, blocks: _Blocks, media_type: str, form: Callable[[bytes], bytes], guard: Guard
    ) -> None:
        self._blocks = blocks
        self._guard = guard
        # The type goes as it is: Starlette would add a character set to some.
        super().__init__(blocks.each(form), headers={"Content-Type": media_type})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._guard:
                await super().__call__(scope, receive, send)
        finally:
            self._blocks.close()
