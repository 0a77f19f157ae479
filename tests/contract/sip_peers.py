"""A SIP phone or server that says and answers what a test tells it, and remembers every message."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.contract.private_bus import eventually
from tests.contract.sip_message import (
    Address,
    Headers,
    Login,
    Message,
    Way,
    built,
    description,
    parsed,
    token,
)
from tests.contract.sip_rtp import Sound, sound


@dataclass(frozen=True)
class Reply:
    """An answer to a request."""

    status: int
    text: str = "Told"
    headers: Headers = ()
    body: bytes = b""


Rule = Callable[[Message], Reply | None]
"""What is answered to a request; None is silence."""


def says(status: int, *headers: tuple[str, str], body: bytes = b"") -> Rule:
    """Answer the same to each request."""
    return lambda _: Reply(status, headers=headers, body=body)


def silence(_: Message) -> None:
    """Answer nothing."""


class RawPeer:
    """Plays any part in SIP; without rules it is a server that lets everybody register, and a phone that answers."""

    def __init__(
        self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self.host = host
        self.port = port
        """Of UDP and TCP."""
        self.tls_port = 0
        self.messages: list[Message] = []
        self.junk: list[bytes] = []
        """What it could not read."""
        self.tag = token()
        self.sound = Sound()
        self.tls_versions: list[str] = []
        self.tls_subjects: list[str] = []
        """The common names of those who showed a certificate, where the server asks for one."""
        self._tls = tls
        self._rules: dict[str, Rule] = {}
        self._datagrams: asyncio.DatagramTransport | None = None
        self._connections: dict[tuple[Way, Address], asyncio.StreamWriter] = {}
        self._readers: set[asyncio.Task[None]] = set()

    # -- what a test tells and asks --

    def when(self, method: str, rule: Rule) -> None:
        """Answer requests of a method by a rule from now on."""
        self._rules[method] = rule

    def asks(self, login: Login, method: str) -> None:
        """Ask for a login before a method."""
        before = self._rules.get(method, self.usual)

        def rule(message: Message) -> Reply | None:
            if login.accepts(message):
                return before(message)
            return Reply(login.status, headers=(login.challenge,))

        self.when(method, rule)

    def requests(self, method: str) -> list[Message]:
        """Return the requests of a method, each one once however often it was sent."""
        found = {
            message.branch: message
            for message in reversed(self.messages)
            if not message.status and message.method == method
        }
        return list(reversed(found.values()))

    async def request(self, method: str, number: int = 1, timeout_s: float = 10.0) -> Message:
        """Wait for a request of a method, the first or a later one."""

        def came() -> Message | None:
            found = self.requests(method)
            return found[number - 1] if len(found) >= number else None

        found = await eventually(came, f"{method} number {number}", timeout_s)
        assert found is not None
        return found

    def uri(self, user: str = "peer", way: Way = "udp") -> str:
        """The address to reach it by."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        if way == "tls":
            return f"sip:{user}@{host}:{self.tls_port};transport=tls"
        return f"sip:{user}@{host}:{self.port}" + (";transport=tcp" if way == "tcp" else "")

    def offer(self, *more: str) -> bytes:
        """Return the description of its sound."""
        return description(
            self.host, self.sound.port, ("0 PCMU/8000", "101 telephone-event/8000"), *more
        )

    # -- sending --

    async def send(self, data: bytes, to: Address, way: Way = "udp") -> None:
        """Send bytes."""
        if way == "udp":
            assert self._datagrams is not None
            self._datagrams.sendto(data, to)
            return
        writer = self._connections.get((way, to))
        if writer is None:
            client = ssl.create_default_context() if way == "tls" else None
            if client is not None:
                client.check_hostname = False
                client.verify_mode = ssl.CERT_NONE
            reader, writer = await asyncio.open_connection(*to, ssl=client)
            self._took(way, to, reader, writer)
        writer.write(data)
        await writer.drain()

    def drop_connections(self) -> None:
        """Cut what goes by TCP and TLS."""
        for writer in self._connections.values():
            writer.transport.abort()

    async def answer(self, request: Message, reply: Reply) -> None:
        """Answer a request."""
        own = {name.lower() for name, _ in reply.headers}
        copied = [
            *(("Via", value) for value in request.all("via") if "via" not in own),
            ("From", request.header("from")),
        ]
        to = request.header("to")
        if "tag=" not in to and reply.status > 100:
            to += f";tag={self.tag}"
        copied += [("To", to), ("Call-ID", request.call_id), ("CSeq", request.header("cseq"))]
        copied += [("Record-Route", value) for value in request.all("record-route")]
        if "contact" not in own:
            copied.append(("Contact", f"<{self.uri(way=request.way)}>"))
        start = f"SIP/2.0 {reply.status} {reply.text}"
        data = built(start, (*copied, *reply.headers), reply.body)
        await self.send(data, request.source, request.way)

    # -- receiving --

    def received(self, data: bytes, way: Way, source: Address) -> None:
        """Take a message."""
        if not data.strip(b"\r\n\0"):
            return
        try:
            at = (self.host, self.tls_port if way == "tls" else self.port)
            message = parsed(data, way, source, time.monotonic(), to=at)
        except ValueError:
            self.junk.append(data)
            return
        self.messages.append(message)
        if not message.status:
            task = asyncio.get_running_loop().create_task(self._serve(message), name="answer")
            self._readers.add(task)
            task.add_done_callback(self._readers.discard)

    async def _serve(self, message: Message) -> None:
        reply = self._rules.get(message.method, self.usual)(message)
        if reply is not None:
            await self.answer(message, reply)
        if message.method == "CANCEL":
            invited = [found for found in self.requests("INVITE") if found.branch == message.branch]
            for invite in invited:
                await self.answer(invite, Reply(487, "Request Terminated"))

    def usual(self, message: Message) -> Reply | None:
        """Answer as it does where no rule says otherwise."""
        if message.method == "ACK":
            return None
        if message.method == "REGISTER":
            expires = message.header("expires") or "300"
            contact = message.header("contact")
            return Reply(200, "OK", (("Contact", contact), ("Expires", expires)))
        if message.method == "INVITE":
            return Reply(200, "OK", body=self.offer())
        return Reply(202 if message.method == "REFER" else 200, "OK")

    def _took(
        self,
        way: Way,
        source: Address,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._connections[way, source] = writer
        task = asyncio.get_running_loop().create_task(
            self._read(way, source, reader), name="connection"
        )
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def _read(self, way: Way, source: Address, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lstrip(b"\r\n")
                if not head:
                    continue
                length = parsed(head, to=source).header("content-length") or "0"
                body = await reader.readexactly(int(length))
                self.received(head + body, way, source)
        self._connections.pop((way, source)).transport.abort()

    async def _connected(
        self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if way == "tls":
            secured: ssl.SSLObject = writer.get_extra_info("ssl_object")
            self.tls_versions.append(str(secured.version()))
            subject: Any = (secured.getpeercert() or {}).get("subject", ())
            self.tls_subjects += [value for ((name, value),) in subject if name == "commonName"]
        self._took(way, writer.get_extra_info("peername")[:2], reader, writer)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["RawPeer"]:
        """Be there until the block ends."""
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            self.sound = await stack.enter_async_context(sound(self.host))
            both = _one_port_for_both(self.host, self.port)
            self.port = both[0].getsockname()[1]
            server = await asyncio.start_server(
                lambda reader, writer: self._connected("tcp", reader, writer), sock=both[0]
            )
            stack.callback(server.close)
            self._datagrams, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self), sock=both[1]
            )
            stack.callback(self._datagrams.close)
            if self._tls is not None:
                secure = await asyncio.start_server(
                    lambda reader, writer: self._connected("tls", reader, writer),
                    *(self.host, 0),
                    ssl=self._tls,
                )
                self.tls_port = secure.sockets[0].getsockname()[1]
                stack.callback(secure.close)
            try:
                yield self
            finally:
                writers = list(self._connections.values())
                self.drop_connections()
                for writer in writers:
                    with contextlib.suppress(OSError):
                        await writer.wait_closed()
                for task in list(self._readers):
                    task.cancel()
                await asyncio.gather(*self._readers, return_exceptions=True)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, peer: RawPeer) -> None:
        self._peer = peer

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._peer.received(data, "udp", addr[:2])


def _one_port_for_both(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(20):
        stream = socket.socket(family, socket.SOCK_STREAM)
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            stream.bind((host, port))
            datagrams.bind(stream.getsockname()[:2])
        except OSError:
            stream.close()
            datagrams.close()
        else:
            return stream, datagrams
    raise AssertionError("no port is free for UDP and TCP")
