"""The HTTP edge without a network: the real gate, every real path, and daemons that live in this file."""

import asyncio
import hashlib
import json
import os
import tempfile
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from common.accounts import Account, Role, Verifier, Verifiers
from common.bus.audio import AudioInterface
from common.bus.params import Pairs, ParamsInterface
from common.bus.system import SystemInterface
from common.clock import ManualClock
from common.errors import Conflict, InvalidValue, NotFound
from common.params.kinds import Access
from daemons.http.auth.throttle import Throttle
from daemons.http.auth.verifiers import AccountDirectory
from daemons.http.authenticate import Authenticator
from daemons.http.gate import Gate
from daemons.http.pages import DECLARED
from daemons.http.parameter_cache import ParameterCache
from daemons.http.routes import ROUTES
from daemons.http.settings import LiveSettings
from daemons.http.unit import Unit

REALM = "AXIS_ACCC8E012345"
PASSWORD = "correct horse"
BOOT_ID = "8f4f3c4e-6e0e-4a53-9f0c-2a5c8b1f7d10"

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


class FakeParams:
    """A parameter daemon with a handful of parameters."""

    def __init__(self) -> None:
        self.values = {
            "Brand.Brand": "AXIS",
            "Brand.ProdFullName": "AXIS C8210 Network Audio Amplifier",
            "Brand.ProdShortName": "AXIS C8210",
            "HTTPS.Port": "443",
            "MediaClip.M0.Location": "/etc/audioclips/MediaClip.M0.wav",
            "MediaClip.M0.Name": "Lunch",
            "Network.SSH.Enabled": "no",
            "Properties.Firmware.Version": "12.9.0",
            "Properties.System.SerialNumber": "ACCC8E012345",
            "System.AccessLog": "Off",
        }
        self.levels = {"System.AccessLog": Access.ADMIN, "Network.SSH.Enabled": Access.ADMIN}
        self.written: list[tuple[dict[str, str], int, str, bool]] = []
        self.removed: list[list[str]] = []

    async def select(self, groups: list[str], access: int) -> list[tuple[bool, Pairs]]:
        """Return what lies below each group."""
        return [self._below(group, access) for group in groups]

    def _below(self, group: str, access: int) -> tuple[bool, Pairs]:
        pairs = [
            (name, value)
            for name, value in self.values.items()
            if (not group or name == group or name.startswith(f"{group}."))
            and self.levels.get(name, 0) <= access
        ]
        return bool(pairs), pairs

    async def definitions(self, groups: list[str], access: int) -> str:
        """Return declarations of the same."""
        found = [pair for group in groups for pair in self._below(group, access)[1]]
        return json.dumps([_view(name, value) for name, value in found])

    async def update(
        self, changes: dict[str, str], access: int, who: str, atomic: bool
    ) -> tuple[int, dict[str, str]]:
        """Write what is known and not `bad`."""
        self.written.append((changes, access, who, atomic))
        refused = {
            name: "is not called so" if name not in self.values else "must not be bad"
            for name, value in changes.items()
            if name not in self.values or value == "bad"
        }
        return 7, refused

    async def add(self, template: str, parent: str, *_rest: Any) -> tuple[str, dict[str, str]]:
        """Make a group, of one template only."""
        if template != "streamprofile":
            raise InvalidValue(f"no template is called '{template}'")
        return f"{parent[0]}8", {}

    async def remove(self, groups: list[str], _access: int, _who: str) -> dict[str, str]:
        """Remove groups, of one kind only."""
        self.removed.append(groups)
        return {one: "cannot be removed" for one in groups if not one.startswith("Stream")}

    async def history(self, limit: int, _access: int) -> str:
        """Return one old change."""
        return json.dumps(
            [{"revision": limit, "time": 1.0, "who": "root", "name": "a", "old": "", "new": "b"}]
        )


def _view(name: str, value: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "default": value,
        "label": name.rpartition(".")[2],
        "help": "What it does.",
        "kind": {"type": "string", "max_length": 64},
        "writable": True,
        "hidden": False,
        "reset": "restore",
        "group": None,
        "security_level": "7714",
        "type": {"name": "string", "attributes": {"maxlen": "64"}, "entries": []},
        "flags": [],
    }


class FakeAudio:
    """An audio daemon with one clip."""

    def __init__(self) -> None:
        self.played: list[tuple[int, float, int]] = []
        self.stopped = 0
        self.added: list[tuple[bytes, str, str]] = []
        self.removed: list[int] = []
        self.clip = b"RIFF original"

    async def play_clip(
        self, clip: int, volume: float, repeat: int, _class: str, _priority: int
    ) -> str:
        """Note what was to be played."""
        self._known(clip)
        self.played.append((clip, volume, repeat))
        return "p1"

    async def find_clip(self, location: str) -> int:
        """Find the one clip."""
        if location.removeprefix("/etc/audioclips/") not in ("lunch.wav", "*.wav"):
            raise NotFound("no clip is there")
        return 0

    async def stop_clips(self) -> int:
        """Note it."""
        self.stopped += 1
        return 1

    async def add_clip(self, file: int, name: str, file_name: str) -> int:
        """Read the file."""
        content = os.read(file, 1 << 20)
        if not content.startswith(b"RIFF"):
            raise InvalidValue("the file is not a sound file")
        self.added.append((content, name, file_name))
        return 1

    async def remove_clip(self, clip: int) -> None:
        """Note it."""
        self._known(clip)
        self.removed.append(clip)

    async def clips(self) -> str:
        """Return the one clip."""
        return json.dumps([{"clip": 0, "name": "Lunch"}])

    async def open_clip(self, clip: int, form: str) -> tuple[int, str, str, int]:
        """Open a copy of the one clip."""
        self._known(clip)
        content = self.clip if form == "original" else b".snd" + self.clip
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.seek(0)
            return os.dup(file.fileno()), "audio/wav", "Mittag essen.wav", len(content)

    async def now_playing(self) -> str:
        """Return that nothing plays."""
        return "[]"

    @staticmethod
    def _known(clip: int) -> None:
        if clip != 0:
            raise NotFound(f"there is no clip {clip}")


class FakeSystem:
    """A system daemon that keeps accounts in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Account, str]] = {}
        self.is_ready = True
        self.restarts: list[str] = []
        self.resets: list[tuple[str, str]] = []
        self.located: list[float] = []
        self.asked = 0

    async def device(self) -> str:
        """Return who the unit is."""
        return json.dumps(
            {
                "product": "AXIS C8210 Network Audio Amplifier",
                "version": "12.9.0",
                "serial_number": "ACCC8E012345",
                "board": "simulated",
                "host_name": "axis-accc8e012345",
                "addresses": ["192.168.0.90"],
                "uptime_s": 7800.4,
                "boot_id": BOOT_ID,
                "needs_setup": not self.kept,
                "realtime": False,
                "daemons": [{"name": "audio", "ready": True}],
            }
        )

    async def ready(self, _timeout_s: float) -> bool:
        """Say what the test wants."""
        self.asked += 1
        return self.is_ready

    async def accounts(self) -> str:
        """Return the accounts."""
        return json.dumps(
            [
                {
                    "name": one.name,
                    "role": one.role.value,
                    "group": one.group,
                    "ptz": one.ptz,
                    "comment": one.comment,
                }
                for one, _password in self.kept.values()
            ]
        )

    async def add_account(
        self, name: str, password: str, role: str, group: str, comment: str
    ) -> None:
        """Add one; eight are enough here."""
        if name in self.kept or len(self.kept) >= 8:
            raise Conflict("it exists, or there are too many")
        self.put(Account(name, Role(role), group, role == "admin", comment), password)

    async def add_first_account(self, name: str, password: str) -> None:
        """Add the first."""
        if self.kept:
            raise Conflict("there is one already")
        self.put(Account(name, Role.ADMIN, "root", True), password)

    async def update_account(self, name: str, changes: Mapping[str, str]) -> None:
        """Change one."""
        account, password = self._find(name)
        role = Role(changes.get("role", account.role.value))
        ptz = changes.get("ptz", "yes" if account.ptz else "no") == "yes"
        comment = changes.get("comment", account.comment)
        self.put(
            Account(name, role, account.group, ptz, comment), changes.get("password", password)
        )

    async def remove_account(self, name: str) -> None:
        """Delete one."""
        self._find(name)
        if name == "root":
            raise Conflict("the root account cannot be deleted")
        del self.kept[name]

    async def restart(self, who: str) -> None:
        """Note it."""
        self.restarts.append(who)

    async def reset(self, level: str, who: str) -> None:
        """Note it."""
        self.resets.append((level, who))

    async def locate(self, duration_s: float) -> None:
        """Note it; being located twice is too much."""
        if duration_s and self.located and self.located[-1]:
            raise Conflict("it is being located already")
        self.located.append(duration_s)

    def put(self, account: Account, password: str) -> None:
        """Keep an account."""
        self.kept[account.name] = (account, password)

    def verifiers(self) -> Verifiers:
        """Return what the edge checks passwords against."""
        return Verifiers(
            REALM,
            "11" * 32,
            "22" * 32,
            [verifier(one.name, password, one.role) for one, password in self.kept.values()],
        )

    def _find(self, name: str) -> tuple[Account, str]:
        if name not in self.kept:
            raise NotFound(f"there is no account '{name}'")
        return self.kept[name]


def verifier(name: str, password: str, role: Role = Role.ADMIN) -> Verifier:
    """Return the verifier of an account."""
    secret = f"{name}:{REALM}:{password}".encode()
    md5 = hashlib.md5(secret, usedforsecurity=False).hexdigest()
    return Verifier(name, role, md5, hashlib.sha256(secret).hexdigest(), "")


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
            fields["authorization"] = "Basic " + b64encode(f"{name}:{password}".encode()).decode()
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


def _chunks(body: bytes | str | Sequence[bytes]) -> Sequence[bytes]:
    if isinstance(body, str):
        return [body.encode()]
    return [body] if isinstance(body, bytes) else body


def make_edge(uploads: Path, *, claimed: bool = True, now: float = 1000.0) -> Edge:
    """Return an edge whose root, oscar (operator) and vera (viewer) have the same password."""
    params, audio, system = FakeParams(), FakeAudio(), FakeSystem()
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
        system=cast(SystemInterface, system),
        accounts=directory,
        authenticator=authenticator,
        settings=settings,
        refresh_accounts=refresh,
        uploads_folder=uploads,
    )
    gate = Gate(ROUTES, unit, authenticator)
    return Edge(params, audio, system, clock, directory, settings, unit, gate, throttle)
