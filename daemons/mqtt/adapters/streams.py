"""A connected socket as paho reads and writes it: buffered, so that a packet does not cost four system calls."""

import socket
from typing import Protocol

CHUNK = 64 * 1024
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

    @property
    def unsent(self) -> bool:
        """Whether bytes that were taken wait; here they never do."""
        return False

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
        """Return how many bytes were taken."""
        return self._socket.send(data)

    def flush(self) -> None:
        """Nothing is kept back."""

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
        """End the connection."""
        self._socket.close()
