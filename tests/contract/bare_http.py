"""Requests as bytes, for what no HTTP client would send."""

import contextlib
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.suite import Unit


def port_of(url: str) -> int:
    """Return the port in an address."""
    port = urlsplit(url).port
    assert port is not None
    return port


@contextlib.contextmanager
def connected(
    unit: Unit, *, encrypted: bool = False, source: str = "127.0.0.1"
) -> Iterator[socket.socket]:
    """Return a bare connection to the unit."""
    address = ("127.0.0.1", port_of(unit.https_url if encrypted else unit.http_url))
    with socket.create_connection(address, timeout=20, source_address=(source, 0)) as plain:
        if not encrypted:
            yield plain
            return
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            yield secure


def raw(unit: Unit, request: bytes, *, encrypted: bool = False) -> tuple[int, bytes]:
    """Send bytes and return the status and everything that comes back; 0 when nothing does."""
    with connected(unit, encrypted=encrypted) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(OSError):
            while piece := connection.recv(65536):
                answer += piece
    match = re.match(rb"HTTP/1\.[01] ([0-9]{3}) ", answer)
    return (int(match[1]) if match else 0), answer


def request(
    target: bytes, *fields: bytes, method: bytes = b"GET", host: bytes = b"localhost"
) -> bytes:
    """Return a request that ends its connection."""
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: " + host, b"Connection: close", *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"
