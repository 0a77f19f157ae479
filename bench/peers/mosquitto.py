"""The broker between the unit and whoever speaks with it, and a client of it that costs next to nothing.

The client has QoS 0 alone, and knows what it will get: packets of one length, so that it need not read them.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import CannotMeasure
from bench.ports import free_port

START_TIMEOUT_S = 10.0
PATIENCE_S = 10.0
_CONNECT, _PUBLISH, _SUBSCRIBE = 0x10, 0x30, 0x82
_CLEAN_SESSION = 2


@contextmanager
def running_mosquitto() -> Iterator[int]:
    """Run a broker; yields its port."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        raise CannotMeasure("mosquitto is not installed (make bench installs it)")
    folder = Path(tempfile.mkdtemp(prefix="c8210-mosquitto-"))
    port = free_port()
    settings = folder / "mosquitto.conf"
    lines = (f"listener {port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0")
    settings.write_text("\n".join((*lines, "set_tcp_nodelay true", "user root", "")))
    process = subprocess.Popen(
        [program, "-c", settings],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(process, port)
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    started = time.monotonic()
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() - started > START_TIMEOUT_S:
                raise CannotMeasure("mosquitto does not start") from None
            time.sleep(0.02)
        else:
            return


class Client:
    """A client of the broker (MQTT 3.1.1)."""

    def __init__(self, port: int, name: str, subscription: str, received_length: int) -> None:
        """Subscribe; every packet of a message that is received must be of that length, in bytes."""
        self._length = received_length
        self._rest = 0
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(
            _packet(_CONNECT, _text("MQTT") + bytes((4, _CLEAN_SESSION, 0, 0)) + _text(name))
        )
        self._answered(4, 0x20)
        self._socket.sendall(_packet(_SUBSCRIBE, b"\x00\x01" + _text(subscription) + b"\x00"))
        self._answered(5, 0x90)

    def send(self, packets: bytes) -> None:
        """Send packets as `message` makes them."""
        self._socket.sendall(packets)

    def receive(self) -> int:
        """Wait for messages; returns how many came. `TimeoutError` when none does for a long time."""
        while True:
            data = self._socket.recv(65536)
            if not data:
                raise CannotMeasure("the broker has closed the connection")
            whole, self._rest = divmod(self._rest + len(data), self._length)
            if whole:
                return whole

    def drain(self, quiet_s: float) -> int:
        """Take what still comes, until nothing has come for a while; returns how many messages."""
        self._socket.settimeout(quiet_s)
        found = 0
        try:
            while True:
                found += self.receive()
        except TimeoutError:
            return found
        finally:
            self._socket.settimeout(PATIENCE_S)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _answered(self, length: int, kind: int) -> None:
        answer = b""
        while len(answer) < length:
            answer += self._socket.recv(length - len(answer)) or b"\x00" * length
        if answer[0] != kind or answer[-1] & 0x80:
            raise CannotMeasure(f"the broker answers {answer!r}")


def message(topic: str, payload: str) -> bytes:
    """Return the packet of a message."""
    return _packet(_PUBLISH, _text(topic) + payload.encode())


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


def _packet(kind: int, content: bytes) -> bytes:
    if len(content) > 127:
        raise ValueError("only short packets")
    return bytes((kind, len(content))) + content
