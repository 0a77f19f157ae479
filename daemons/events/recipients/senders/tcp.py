"""Sends a text over TCP."""

import asyncio
import fcntl
import socket
import struct
import termios
from collections.abc import Mapping

from daemons.events.delivery.line import STEP_S, Line
from daemons.events.recipients.kinds import Failed, Message
from daemons.events.recipients.senders.files import no_file

FAREWELL_S = 1.0
"""How long the other end may take to close too."""
_MOST_ANSWER_BYTES = 64 * 1024


async def deliver(line: Line, parameters: Mapping[str, str], message: Message) -> str:
    """Send the text and close; done when the other end has acknowledged all of it."""
    no_file(message)
    connection = await line.open(parameters["host"], int(parameters["port"]))
    loop = asyncio.get_running_loop()
    with connection:
        try:
            async with asyncio.timeout(STEP_S):
                await loop.sock_sendall(connection, message.text.encode())
                connection.shutdown(socket.SHUT_WR)
                while _unacknowledged(connection):
                    await asyncio.sleep(0.01)
            await _farewell(connection)
        except TimeoutError:
            raise Failed("the other end does not take the message") from None
        except OSError as error:
            raise Failed(f"the connection broke: {error.strerror or error}") from error
    return ""


async def test(line: Line, parameters: Mapping[str, str]) -> str:
    """Open a connection, and close it."""
    (await line.open(parameters["host"], int(parameters["port"]))).close()
    return "the connection was opened"


def _unacknowledged(connection: socket.socket) -> int:
    """Return how many bytes the other end's machine has not acknowledged."""
    answer = fcntl.ioctl(connection, termios.TIOCOUTQ, struct.pack("i", 0))
    count: int = struct.unpack("i", answer)[0]
    return count


async def _farewell(connection: socket.socket) -> None:
    """Take what the other end still says: closing with that unread could cost it the message."""
    read = 0
    try:
        async with asyncio.timeout(FAREWELL_S):
            while read < _MOST_ANSWER_BYTES:
                data = await asyncio.get_running_loop().sock_recv(connection, 4096)
                if not data:
                    return
                read += len(data)
    except TimeoutError:
        pass
