"""Live audio from a client to the audio daemon's socket, at the pace at which it is played."""

import asyncio
import socket
from enum import Enum

from starlette.requests import ClientDisconnect, Request

HIGH_WATER = 16 * 1024
"""Bytes held here before the client is made to wait; the rest of the buffer is the audio daemon's."""


class End(Enum):
    """How a talk ended."""

    FINISHED = "finished"
    """Everything that came has been played."""
    LEFT = "left"
    """The client is gone; what came is still played."""
    BROKEN = "broken"
    """The audio daemon stopped taking it."""


async def talk(request: Request, descriptor: int, silence_s: float) -> End:
    """Pass the body of `request` on until it ends, its client leaves or is silent for `silence_s`."""
    connection = socket.socket(fileno=descriptor)
    connection.setblocking(False)
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    writer.transport.set_write_buffer_limits(high=HIGH_WATER)
    try:
        left = await _pass_on(request, writer, silence_s)
        writer.write_eof()
        if left:
            return End.LEFT
        await reader.read()  # the far end closes when the last sample has been played
    except (BrokenPipeError, ConnectionResetError, OSError):
        return End.BROKEN
    else:
        return End.FINISHED
    finally:
        writer.close()


async def _pass_on(request: Request, writer: asyncio.StreamWriter, silence_s: float) -> bool:
    """Return whether the client left in the middle."""
    chunks = request.stream()
    while True:
        try:
            async with asyncio.timeout(silence_s or None):
                chunk = await anext(chunks, None)
        except TimeoutError:
            return False
        except ClientDisconnect:
            return True
        if chunk is None:
            return False
        if chunk:
            writer.write(chunk)
            await writer.drain()
