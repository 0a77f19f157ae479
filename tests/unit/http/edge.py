"""The HTTP edge without a network: the real gate, every real path, and daemons that live in this file."""

import asyncio
import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from common.accounts import Account, Role
from common.bus.audio import AudioInterface
from common.bus.certificates import CertificatesInterface
from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.mqtt import MqttInterface
from common.bus.multicast import MulticastInterface
from common.bus.network import NetworkInterface
from common.bus.params import ParamsInterface
from common.bus.rules import RulesInterface
from common.bus.sip import SipInterface
from common.bus.ssh_accounts import SshAccountsInterface
from common.bus.system import SystemInterface
from common.bus.update import UpdateInterface
from common.clock import ManualClock
from daemons.http.auth.throttle import Throttle
from daemons.http.auth.tickets import Tickets
from daemons.http.auth.verifiers import AccountDirectory
from daemons.http.authenticate import Authenticator
from daemons.http.event_feed import EventFeed
from daemons.http.gate import Gate
from daemons.http.pages import DECLARED
from daemons.http.parameter_cache import ParameterCache
from daemons.http.port_watch import PortWatch
from daemons.http.routes import ROUTES
from daemons.http.settings import LiveSettings
from daemons.http.unit import Unit
from tests.unit.http.fake_certificates import FakeCertificates
from tests.unit.http.fake_events import FakeEvents
from tests.unit.http.fake_ioports import FakeIoPorts
from tests.unit.http.fake_mqtt import FakeMqtt
from tests.unit.http.fake_remote import FakeRemote
from tests.unit.http.fake_sip import FakeSip
from tests.unit.http.fake_update import FakeUpdate
from tests.unit.http.fakes import BOOT_ID, REALM, FakeAudio, FakeParams, FakeSystem

PASSWORD = "correct horse"
FRONT = {"x-c8210-client": "192.0.2.7", "x-c8210-scheme": "https", "x-c8210-port": "443"}

assert DECLARED  # importing it is what declares the paths


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the content, read as JSON."""
        return json.loads(self.content)

    def all(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next(iter(self.all(name)), None)


@dataclass
class Edge:
    """The gate with everything around it."""

    params: FakeParams
    audio: FakeAudio
    system: FakeSystem
    clock: ManualClock
    directory: AccountDirectory
    settings: LiveSettings
    unit: Unit
    gate: Gate
    throttle: Throttle
    ioports: FakeIoPorts
    events: FakeEvents
    mqtt: FakeMqtt
    sip: FakeSip
    remote: FakeRemote

    async def ask(
        self,
        method: str,
        target: str | bytes,
        *,
        body: bytes | str | Sequence[bytes] = b"",
        headers: Mapping[str, str] | None = None,
        login: str | tuple[str, str] | None = None,
        address: str = "192.0.2.7",
        encrypted: bool = True,
        through_front: bool = True,
        stays: bool = False,
        leaves: bool = False,
    ) -> Answer:
        """Send a request, with Basic credentials of `login` when there is one.

        An empty header is one that is not sent. A client that `stays` does not end its body; one that
        `leaves` is gone after it.
        """
        raw = target.encode() if isinstance(target, str) else target
        path, _, query = raw.partition(b"?")
        chunks = _chunks(body)
        fields = {"host": "192.168.0.90", "content-length": str(sum(map(len, chunks)))}
        if through_front:
            fields["x-c8210-client"] = address
            fields["x-c8210-scheme"] = "https" if encrypted else "http"
            fields["x-c8210-port"] = "443" if encrypted else "80"
        if login is not None:
            name, password = (login, PASSWORD) if isinstance(login, str) else login
            fields["authorization"] = basic(name, password)
        fields |= {name.lower(): value for name, value in (headers or {}).items()}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "headers": [
                (name.encode(), value.encode("latin-1")) for name, value in fields.items() if value
            ],
            "client": None,
            "server": None,
        }
        return await _exchange(
            self.gate,
            scope,
            Client(chunks if isinstance(chunks, list) else list(chunks), stays or leaves, leaves),
        )

    async def converse(
        self,
        path: str,
        *messages: str | bytes,
        login: str | None = None,
        headers: Mapping[str, str] | None = None,
        leaves: bool = True,
    ) -> "Conversation":
        """Open a WebSocket, say something, and return what was answered; one that `leaves` closes after it."""
        fields = {"host": "192.168.0.90", **FRONT}
        if login is not None:
            fields["authorization"] = basic(login, PASSWORD)
        fields |= {name.lower(): value for name, value in (headers or {}).items()}
        return await _conversation(self.gate, path, fields, list(messages), leaves)

    async def digest(self, method: str, target: str, algorithm: str = "MD5", **more: Any) -> Answer:
        """Send a request over HTTP that answers a fresh challenge as root."""
        first = await self.ask(method, target, encrypted=False)
        header = answer_challenge(first, method, target, algorithm=algorithm)
        headers = {"Authorization": header, **more.pop("headers", {})}
        return await self.ask(method, target, headers=headers, encrypted=False, **more)

    async def log_in(self, name: str = "root") -> dict[str, str]:
        """Return the headers of a browser that has logged in."""
        body = json.dumps({"user": name, "password": PASSWORD})
        answer = await self.ask("POST", "/api/session", body=body)
        assert answer.status == 200, answer.text
        cookie = str(answer.header("set-cookie")).partition(";")[0]
        return {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf"]}


def answer_challenge(
    first: Answer,
    method: str,
    target: str,
    *,
    algorithm: str = "MD5",
    user: str = "root",
    password: str = PASSWORD,
    qop: bool = True,
    count: int = 1,
) -> str:
    """Return the Authorization header that a client makes of a challenge."""
    challenge = next(one for one in first.all("www-authenticate") if f"={algorithm}," in one)
    nonce = challenge.partition('nonce="')[2].partition('"')[0]
    return digest_header(
        nonce,
        method,
        target,
        algorithm=algorithm,
        user=user,
        password=password,
        qop=qop,
        count=count,
    )


def digest_header(
    nonce: str,
    method: str,
    target: str,
    *,
    algorithm: str = "MD5",
    user: str = "root",
    password: str = PASSWORD,
    qop: bool = True,
    count: int = 1,
) -> str:
    """Return an Authorization header made by the book (RFC 7616, RFC 2069)."""
    function = hashlib.md5 if algorithm == "MD5" else hashlib.sha256

    def hashed(text: str) -> str:
        return function(text.encode(), usedforsecurity=False).hexdigest()

    ha1, ha2 = hashed(f"{user}:{REALM}:{password}"), hashed(f"{method}:{target}")
    middle = f"{count:08x}:abcd:auth:" if qop else ""
    response = hashed(f"{ha1}:{nonce}:{middle}{ha2}")
    counted = f', qop=auth, nc={count:08x}, cnonce="abcd"' if qop else ""
    return (
        f'Digest username="{user}", realm="{REALM}", nonce="{nonce}", uri="{target}", '
        f'algorithm={algorithm}, response="{response}"{counted}'
    )


@dataclass
class _Sent:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)


@dataclass
class Client:
    """The sending side of a request."""

    chunks: list[bytes]
    more: bool
    leaves: bool

    async def receive(self) -> dict[str, Any]:
        """Return what the server reads next."""
        if self.chunks:
            chunk = self.chunks.pop(0)
            more = bool(self.chunks) or self.more
            return {"type": "http.request", "body": chunk, "more_body": more}
        if not self.leaves:
            await asyncio.Event().wait()  # the client stays and says nothing more
        return {"type": "http.disconnect"}


async def _exchange(gate: Gate, scope: dict[str, Any], client: Client) -> Answer:
    sent = _Sent()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.status = message["status"]
            sent.headers = [
                (key.decode(), value.decode("latin-1")) for key, value in message["headers"]
            ]
        else:
            sent.content += message.get("body", b"")

    async with asyncio.timeout(20):
        await gate(scope, client.receive, send)
    return Answer(sent.status, sent.headers, bytes(sent.content))


@dataclass
class Conversation:
    """What a WebSocket was answered."""

    status: int = 101
    """Of the answer that refused it; 101 when it was let in."""
    texts: list[str] = field(default_factory=list)
    closed: bool = False

    def take(self, message: Any) -> None:
        """Note one message of the server."""
        match message["type"]:
            case "websocket.http.response.start":
                self.status = message["status"]
            case "websocket.http.response.body":
                self.texts.append(message.get("body", b"").decode())
            case "websocket.send":
                self.texts.append(message["text"])
            case "websocket.close":
                self.closed = True
            case _:
                pass


async def _conversation(
    gate: Gate, path: str, fields: Mapping[str, str], messages: list[str | bytes], leaves: bool
) -> Conversation:
    heard = Conversation()
    opening = [{"type": "websocket.connect"}]
    said: list[dict[str, Any]] = [
        {"type": "websocket.receive", "text" if isinstance(one, str) else "bytes": one}
        for one in messages
    ]

    async def receive() -> dict[str, Any]:
        if opening:
            return opening.pop()
        if said:
            return said.pop(0)
        if not leaves:
            await asyncio.Event().wait()
        return {"type": "websocket.disconnect", "code": 1005}

    async def send(message: Any) -> None:
        heard.take(message)

    path, _, query = path.partition("?")
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in fields.items() if value],
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    async with asyncio.timeout(20):
        await gate(scope, receive, send)
    return heard


def basic(name: str, password: str) -> str:
    """Return the Authorization header of the Basic scheme."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def _chunks(body: bytes | str | Sequence[bytes]) -> Sequence[bytes]:
    if isinstance(body, str):
        return [body.encode()]
    return [body] if isinstance(body, bytes) else body


def make_edge(uploads: Path, *, claimed: bool = True, now: float = 1000.0) -> Edge:
    """Return an edge whose root, oscar (operator) and vera (viewer) have the same password."""
    params, audio, system, ioports = FakeParams(), FakeAudio(), FakeSystem(), FakeIoPorts()
    events, mqtt, sip, remote = FakeEvents(), FakeMqtt(), FakeSip(), FakeRemote()
    clock = ManualClock(now)
    settings = LiveSettings()
    settings.update({"Network.HostName": "axis-accc8e012345"})
    directory = AccountDirectory(clock, BOOT_ID)
    throttle = Throttle(clock)
    authenticator = Authenticator(directory, settings, throttle)

    async def refresh() -> None:
        directory.replace(system.verifiers())

    if claimed:
        system.put(Account("root", Role.ADMIN, "root", True), PASSWORD)
        system.put(Account("oscar", Role.OPERATOR), PASSWORD)
        system.put(Account("vera", Role.VIEWER), PASSWORD)
    directory.replace(system.verifiers())
    unit = Unit(
        params=cast(ParamsInterface, params),
        reading=ParameterCache(cast(ParamsInterface, params)),
        audio=cast(AudioInterface, audio),
        multicast=cast(MulticastInterface, audio),
        ioports=cast(IoPortsInterface, ioports),
        port_watch=PortWatch(ioports.ports),
        events=cast(EventsInterface, events),
        event_feed=EventFeed(events.current),
        rules=cast(RulesInterface, events),
        mqtt=cast(MqttInterface, mqtt),
        sip=cast(SipInterface, sip),
        system=cast(SystemInterface, system),
        certificates=cast(CertificatesInterface, FakeCertificates()),
        update=cast(UpdateInterface, FakeUpdate()),
        ssh_accounts=cast(SshAccountsInterface, remote),
        network=cast(NetworkInterface, remote),
        accounts=directory,
        authenticator=authenticator,
        tickets=Tickets(clock),
        settings=settings,
        refresh_accounts=refresh,
        uploads_folder=uploads,
    )
    gate = Gate(ROUTES, unit, authenticator)
    return Edge(
        *(params, audio, system, clock, directory, settings, unit, gate, throttle),
        *(ioports, events, mqtt, sip, remote),
    )
