"""A connected socket as paho reads and writes it: buffered, so that a packet does not cost four system calls."""

import contextlib
import socket
from typing import Protocol

CHUNK = 64 * 1024
"""So many bytes are read at once, and so many are kept back until they are sent together."""
LARGEST_PACKET = 4 * 1024 * 1024
"""A broker that announces more than that is not listened to any longer: it would have to fit into memory."""


class Stream(Protocol):
    """What paho asks of a socket, and what the event loop asks beyond it."""

    @property
    def unsent(self) -> bool:
        """Whether bytes that were taken wait for the socket to be writable."""
        ...

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes; `BlockingIOError` when there are none now, nothing at the end."""
        ...

    def send(self, data: bytes | bytearray) -> int:
        """Return how many bytes were taken; `BlockingIOError` when none can be now."""
        ...

    def flush(self) -> None:
        """Send what is unsent, as far as that is possible now."""
        ...

    def pending(self) -> int:
        """Return how many bytes can be read of which the event loop does not know."""
        ...

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        ...

    def setblocking(self, flag: bool) -> None:
        """Let reading wait, or not."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class SocketStream:
    """Bytes as they are, with or without TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = b""
        self._at = 0
        self._out = bytearray()

    @property
    def unsent(self) -> bool:
        """Whether bytes that were taken wait."""
        return bool(self._out)

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        if size > LARGEST_PACKET:
            raise ConnectionAbortedError(f"the broker sends a packet of {size} bytes")
        if self._at == len(self._buffer):
            self._buffer = self._socket.recv(CHUNK)
            self._at = 0
        found = self._buffer[self._at : self._at + size]
        self._at += len(found)
        return found

    def send(self, data: bytes | bytearray) -> int:
        """Take all of `data` for the next `flush`, or nothing when too much waits for it."""
        self._make_room()
        self._out += data
        return len(data)

    def _make_room(self) -> None:
        if len(self._out) >= CHUNK:
            self.flush()
        if len(self._out) >= CHUNK:
            raise BlockingIOError

    def flush(self) -> None:
        """Send what is unsent, as far as that is possible now."""
        while self._out:
            try:
                sent = self._socket.send(self._out)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if _wants(error):
                    return
                raise
            del self._out[:sent]

    def pending(self) -> int:
        """Return how many bytes lie here or in the TLS layer."""
        waiting = len(self._buffer) - self._at
        decrypted = getattr(self._socket, "pending", None)
        return waiting + (decrypted() if decrypted is not None else 0)

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._socket.fileno()

    def setblocking(self, flag: bool) -> None:
        """Let reading wait, or not."""
        self._socket.setblocking(flag)

    def close(self) -> None:
        """End the connection, after what was taken as far as that can be sent at once."""
        with contextlib.suppress(OSError):
            self.flush()
        self._socket.close()


def _wants(error: OSError) -> bool:
    """Whether TLS only asks for patience."""
    return type(error).__name__ in ("SSLWantReadError", "SSLWantWriteError")
