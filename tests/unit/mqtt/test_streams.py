"""What paho writes goes out in one piece, with a socket of the test's own."""

import socket
from typing import cast

import pytest

from daemons.mqtt.adapters.streams import CHUNK, SocketStream


class FakeSocket:
    """A socket that takes so much at a time, and then no more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.calls = 0
        self.taken = b""
        self.closed = False

    def send(self, data: bytes) -> int:
        self.calls += 1
        if not self.room:
            raise BlockingIOError
        sent = min(self.room, len(data))
        self.taken += bytes(data[:sent])
        self.room -= sent
        return sent

    def close(self) -> None:
        self.closed = True


def stream_of(sock: FakeSocket) -> SocketStream:
    """Return a stream on it."""
    return SocketStream(cast(socket.socket, sock))


def test_what_is_written_together_leaves_together() -> None:
    """In order, in one system call, and not before."""
    sock = FakeSocket(room=100)
    stream = stream_of(sock)
    assert [stream.send(b"one "), stream.send(b"two ")] == [4, 4]
    assert stream.unsent
    assert sock.taken == b""
    stream.flush()
    assert (sock.taken, sock.calls) == (b"one two ", 1)
    assert not stream.unsent


def test_what_a_slow_broker_does_not_take_waits() -> None:
    """Up to a limit, from which on whoever writes has to wait, and in order."""
    sock = FakeSocket(room=3)
    stream = stream_of(sock)
    stream.send(b"abcdef")
    stream.flush()
    assert stream.unsent
    stream.send(b"x" * CHUNK)
    with pytest.raises(BlockingIOError):
        stream.send(b"more")
    sock.room = 2 * CHUNK
    stream.flush()
    assert sock.taken == b"abcdef" + b"x" * CHUNK
    assert stream.send(b"more") == 4


def test_the_last_words_are_sent_at_the_end() -> None:
    """Paho closes right after the packet that says goodbye."""
    sock = FakeSocket(room=100)
    stream = stream_of(sock)
    stream.send(b"goodbye")
    stream.close()
    assert (sock.taken, sock.closed) == (b"goodbye", True)
