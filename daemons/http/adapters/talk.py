"""Live audio from a client to the audio daemon's socket, at the pace at which it is played."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from enum import Enum

from starlette.requests import ClientDisconnect, Request
from starlette.websockets import WebSocket

HIGH_WATER = 16 * 1024
"""Bytes held here before the client is made to wait; the rest of the buffer is the audio daemon's."""
PLAYED = b"\x06"
"""What the audio daemon says when the last sample has been played; it says nothing when the talk was cut off."""


class End(Enum):
    """How a talk ended."""

    FINISHED = "finished"
    """Everything that came has been played."""
    LEFT = "left"
    """The client is gone; what came is still played."""
    BROKEN = "broken"
    """The audio daemon stopped taking it: it is gone, or somebody more urgent talks."""


NextChunk = Callable[[], Awaitable[bytes | None]]


async def talk(request: Request, descriptor: int, silence_s: float) -> End:
    """Pass the body of `request` on until it ends, its client leaves or is silent for `silence_s` (0: for ever)."""
    chunks = request.stream()

    async def chunk() -> bytes | None:
        return await anext(chunks, None)

    return await _passed_on(chunk, descriptor, silence_s)


async def converse(messages: WebSocket, descriptor: int, silence_s: float) -> End:
    """Pass binary messages on until one in text says `{"state":"done"}`; else as `talk`."""

    async def chunk() -> bytes | None:
        message = await messages.receive()
        if message["type"] == "websocket.disconnect":
            raise ClientDisconnect
        content: bytes | None = message.get("bytes")
        return None if content is None and _is_done(message.get("text") or "") else content or b""

    return await _passed_on(chunk, descriptor, silence_s)


def _is_done(text: str) -> bool:
    try:
        return bool(json.loads(text) == {"state": "done"})
    except (ValueError, RecursionError):
        return False


async def _passed_on(chunk: NextChunk, descriptor: int, silence_s: float) -> End:
    connection = socket.socket(fileno=descriptor)
    connection.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    writer.transport.set_write_buffer_limits(high=HIGH_WATER)
    try:
        async with asyncio.TaskGroup() as tasks:
            ending = tasks.create_task(_last_word(reader), name="end of a talk")
            passing = tasks.create_task(_pass_on(chunk, writer, silence_s), name="talk")
            await asyncio.wait((ending, passing), return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                if await passing is End.LEFT:
                    ending.cancel()
                    return End.LEFT
                with contextlib.suppress(OSError):  # then the last word has been said
                    writer.write_eof()
            passing.cancel()
            return End.FINISHED if await ending == PLAYED else End.BROKEN
    finally:
        writer.close()


async def _last_word(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except OSError:
        return b""


async def _pass_on(chunk: NextChunk, writer: asyncio.StreamWriter, silence_s: float) -> End:
    """Return FINISHED at the end, LEFT when the client left in the middle, BROKEN when nobody takes it any more."""
    while True:
        try:
            async with asyncio.timeout(silence_s or None):
                content = await chunk()
        except TimeoutError:
            return End.FINISHED
        except ClientDisconnect:
            return End.LEFT
        if content is None:
            return End.FINISHED
        if content:
            try:
                writer.write(content)
                await writer.drain()
            except OSError:
                return End.BROKEN
