"""A small web server and a proxy for tests of HTTP recipients; they write down what they are asked."""

import asyncio
import base64
import hashlib
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract.recipients_rig import scripted

REALM = "AXIS_TEST"
NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"


@dataclass
class Request:
    """What came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What goes back."""

    status: str = "200 OK"
    headers: tuple[str, ...] = ()
    body: bytes = b"OK"


Reply = Callable[[Request], Answer]


@dataclass
class Web:
    """A running server."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, Request]:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode().rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return head, Request(method, target, headers, body)


@asynccontextmanager
async def web_server(
    reply: Reply = lambda request: Answer(),  # noqa: ARG005, RUF100
    certificate: tuple[Path, Path] | None = None,
) -> AsyncIterator[Web]:
    """Serve HTTP, or HTTPS with a certificate and its key."""
    web = Web()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, request = await _read(reader)
            web.requests.append(request)
            answer = reply(request)
            lines = (
                f"HTTP/1.1 {answer.status}",
                f"Content-Length: {len(answer.body)}",
                *answer.headers,
            )
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body)
            await writer.drain()

    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
    async with scripted(handle, context) as web.port:
        yield web


@asynccontextmanager
async def proxy(login: str = "") -> AsyncIterator[Web]:
    """Be a proxy for CONNECT and for plain requests, which asks for `user:password` where given."""
    web = Web()
    expected = f"Basic {base64.b64encode(login.encode()).decode()}"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, request = await _read(reader)
        web.requests.append(request)
        if login and request.headers.get("proxy-authorization") != expected:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        connects = request.method == "CONNECT"
        where = request.target if connects else request.target.split("/")[2]
        host, port = where.rsplit(":", 1)
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        try:
            if connects:
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                path = request.target.split("/", 3)[3]
                head = head.replace(request.target.encode(), f"/{path}".encode(), 1)
                head = re.sub(rb"(?i)proxy-authorization:[^\r]*\r\n", b"", head)
                far_writer.write(head + request.body)
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        finally:
            far_writer.transport.abort()

    async with scripted(handle) as web.port:
        yield web


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def asks_basic(login: str) -> Reply:
    """Answer who logs in by Basic."""
    expected = f"Basic {base64.b64encode(login.encode()).decode()}"

    def reply(request: Request) -> Answer:
        if request.headers.get("authorization") == expected:
            return Answer()
        return Answer("401 Unauthorized", (f'WWW-Authenticate: Basic realm="{REALM}"',))

    return reply


def asks_digest(user: str, password: str, algorithm: str = "MD5") -> Reply:
    """Answer who logs in by Digest (RFC 7616), worked out anew; Basic is offered beside it."""
    digest = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]

    def hashed(text: str) -> str:
        return digest(text.encode()).hexdigest()

    def reply(request: Request) -> Answer:
        given = request.headers.get("authorization", "")
        found = dict(re.findall(r'(\w+)="?([^",]*)"?', given.removeprefix("Digest ")))
        if given.startswith("Digest "):
            first = hashed(f"{user}:{REALM}:{password}")
            second = hashed(f"{request.method}:{request.target}")
            parts = (first, NONCE, found["nc"], found["cnonce"], "auth", second)
            if found["uri"] == request.target and found["response"] == hashed(":".join(parts)):
                return Answer()
        return Answer(
            "401 Unauthorized",
            (
                f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm={algorithm}, qop="auth"',
                f'WWW-Authenticate: Basic realm="{REALM}"',
            ),
        )

    return reply
