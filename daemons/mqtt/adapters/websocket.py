"""MQTT packets in binary WebSocket messages (MQTT 3.1.1, section 6)."""

import logging
import socket
from collections import deque

from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from daemons.mqtt.adapters.streams import CHUNK, LARGEST_PACKET, SocketStream
from daemons.mqtt.ports import Refused

MQTT = Subprotocol("mqtt")
_DATA = (Opcode.BINARY, Opcode.CONT)
_SILENT = logging.getLogger(f"{__name__}.frames")
_SILENT.disabled = True  # it would log every frame, and the first holds a password


class WebSocketStream(SocketStream):
    """The handshake, then the payload of the messages; pings and the end are answered by the protocol."""

    def __init__(self, sock: socket.socket, address: str) -> None:
        super().__init__(sock)
        self._protocol = ClientProtocol(
            parse_uri(address), subprotocols=[MQTT], max_size=LARGEST_PACKET, logger=_SILENT
        )
        self._received: deque[bytes] = deque()

    def shake_hands(self) -> None:
        """Become a WebSocket; blocks, and raises `Refused`."""
        self._protocol.send_request(self._protocol.connect())
        self._socket.sendall(b"".join(self._protocol.data_to_send()))
        while True:
            self._take(self._socket.recv(CHUNK))
            if self._protocol.handshake_exc is not None:
                raise Refused(f"no WebSocket: {_why(self._protocol.handshake_exc)}")
            if self._protocol.state is OPEN:
                break
        if self._protocol.subprotocol != MQTT:
            raise Refused("no WebSocket for MQTT: the broker does not name the protocol")

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes."""
        if size > LARGEST_PACKET:
            raise ConnectionAbortedError(f"the broker sends a packet of {size} bytes")
        while self._at == len(self._buffer):
            if self._received:
                self._buffer, self._at = self._received.popleft(), 0
                continue
            if self._protocol.state is not OPEN:
                return b""
            self._take(self._socket.recv(CHUNK))
            self._out += b"".join(self._protocol.data_to_send())
            self.flush()
        found = self._buffer[self._at : self._at + size]
        self._at += len(found)
        return found

    def send(self, data: bytes | bytearray) -> int:
        """Take all of `data` for the next `flush`, or nothing when too much waits for it."""
        self._make_room()
        if self._protocol.state is not OPEN:
            raise ConnectionAbortedError("the WebSocket is closed")
        self._protocol.send_binary(bytes(data))
        self._out += b"".join(self._protocol.data_to_send())
        return len(data)

    def pending(self) -> int:
        """Return how many bytes lie here or in the TLS layer."""
        return super().pending() + sum(map(len, self._received))

    def _take(self, data: bytes) -> None:
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode in _DATA and event.data:
                self._received.append(bytes(event.data))


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, WebSocketException) else type(error).__name__
