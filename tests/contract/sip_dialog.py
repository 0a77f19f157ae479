"""A call, or another exchange, of a raw peer's with somebody."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.contract.sip_message import (
    Address,
    Headers,
    Login,
    Message,
    Way,
    built,
    host_and_port,
    token,
)
from tests.contract.sip_peers import RawPeer


@dataclass
class Dialog:
    """What goes on between the peer and another party under one Call-ID."""

    peer: RawPeer
    target: str
    """The URI of requests."""
    local: str
    """From, with its tag."""
    remote: str
    """To."""
    to: Address
    way: Way = "udp"
    call_id: str = field(default_factory=lambda: token("raw-"))
    number: int = 0
    branch: str = ""
    routes: tuple[str, ...] = ()
    """The proxies that want to see what follows."""
    login: Login | None = None
    """Given to servers that ask for one."""

    def head(self, method: str, *headers: tuple[str, str]) -> Headers:
        """Return what every request has."""
        port = self.peer.tls_port if self.way == "tls" else self.peer.port
        host = f"[{self.peer.host}]" if ":" in self.peer.host else self.peer.host
        scheme = self.target.partition(":")[0]
        contact = f"{scheme}:{self.peer.uri(way=self.way).partition(':')[2]}"
        return (
            ("Via", f"SIP/2.0/{self.way.upper()} {host}:{port};rport;branch={self.branch}"),
            *(("Max-Forwards", "70"), ("From", self.local), ("To", self.remote)),
            *(("Call-ID", self.call_id), ("CSeq", f"{self.number} {method}")),
            ("Contact", f"<{contact}>"),
            *(("Route", route) for route in self.routes),
            *headers,
        )

    async def send(
        self,
        method: str,
        *headers: tuple[str, str],
        body: bytes = b"",
        kind: str = "application/sdp",
    ) -> bytes:
        """Send a request of this dialog, and return it as it was sent."""
        if method not in ("ACK", "CANCEL"):
            self.number += 1
            self.branch = token("z9hG4bK-raw-")
        data = built(f"{method} {self.target} SIP/2.0", self.head(method, *headers), body, kind)
        await self.peer.send(data, self.to, self.way)
        return data

    def answers(self, method: str) -> list[Message]:
        """Return what was answered to the last request of a method."""
        cseq = f"{self.number} {method}"
        return [
            message
            for message in self.peer.messages
            if message.status and message.call_id == self.call_id and message.header("cseq") == cseq
        ]

    async def answer(self, least: int = 200, within_s: float = 10.0) -> Message:
        """Wait for the first answer to the INVITE with at least this status."""
        async with asyncio.timeout(within_s):
            while not (found := [each for each in self.answers("INVITE") if each.status >= least]):
                await asyncio.sleep(0.003)
        return found[0]

    async def ask(
        self,
        method: str,
        *headers: tuple[str, str],
        body: bytes = b"",
        kind: str = "application/sdp",
        timeout_s: float = 10.0,
    ) -> Message:
        """Send a request, again while nobody answers it, and return the final answer; an INVITE is acknowledged."""
        data = await self.send(method, *headers, body=body, kind=kind)
        final: list[Message] = []
        async with asyncio.timeout(timeout_s):
            sent = time.monotonic()
            while not final:
                await asyncio.sleep(0.003)
                answers = self.answers(method)
                final = [answer for answer in answers if answer.status >= 200]
                if not answers and self.way == "udp" and time.monotonic() > sent + 0.5:
                    sent = time.monotonic()
                    await self.peer.send(data, self.to, self.way)
        if method == "INVITE":
            await self.acknowledge(final[0])
        asked = (*final[0].all("www-authenticate"), *final[0].all("proxy-authenticate"))
        if not asked or self.login is None or any("uthorization" in name for name, _ in headers):
            return final[0]
        given = self.login.answer(asked[0], final[0].status, method, self.target)
        return await self.ask(method, *headers, given, body=body, kind=kind, timeout_s=timeout_s)

    async def acknowledge(self, answer: Message) -> None:
        """Send the ACK that an answer to INVITE wants."""
        before = self.target, self.remote, self.branch
        self.remote = answer.header("to")
        if answer.status < 300:
            self.target = answer.contact() or self.target
            self.routes = tuple(reversed(route_set(answer)))
            self.branch = token("z9hG4bK-raw-")
        await self.send("ACK")
        if answer.status >= 300:
            self.target, self.remote, self.branch = before

    async def cancel(self) -> None:
        """Take an INVITE back that is not answered."""
        await self.send("CANCEL")


def call(peer: RawPeer, uri: str, *, to: Address | None = None, way: Way = "udp") -> Dialog:
    """Begin a dialog of the peer's with a URI; nothing is sent yet."""
    local = f'"Raw peer" <{peer.uri(way=way)}>;tag={token()}'
    return Dialog(peer, uri, local, f"<{uri}>", to or host_and_port(uri), way)


def taken(peer: RawPeer, invite: Message) -> Dialog:
    """Return the dialog of an INVITE that the peer has answered."""
    local = f"{invite.header('to')};tag={peer.tag}"
    dialog = Dialog(peer, invite.contact(), local, invite.header("from"), invite.source, invite.way)
    dialog.call_id = invite.call_id
    dialog.routes = tuple(route_set(invite))
    return dialog


def route_set(message: Message) -> list[str]:
    """Return what the proxies on the way have put down for what follows."""
    return [each.strip() for value in message.all("record-route") for each in value.split(",")]
