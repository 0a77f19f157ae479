"""SIP messages and session descriptions as a stranger writes and reads them."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["udp", "tcp", "tls"]
Address = tuple[str, int]
Headers = tuple[tuple[str, str], ...]

LONG_NAMES = {
    **{"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"},
    **{"c": "content-type", "k": "supported", "s": "subject", "r": "refer-to"},
}


@dataclass(frozen=True)
class Message:
    """A request or a response, and how it came."""

    start: str
    headers: Headers
    body: bytes = b""
    way: Way = "udp"
    source: Address = ("", 0)
    at: float = 0.0
    """By the monotonic clock."""
    size: int = 0
    destination: Address = ("", 0)
    """Where it came to."""

    def all(self, name: str) -> list[str]:
        """Return the values of a header, in their order."""
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def header(self, name: str) -> str:
        """Return the first value of a header; empty without one."""
        return next(iter(self.all(name)), "")

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, or of the request that is answered."""
        return self.header("cseq").split()[-1] if self.status else self.start.split()[0]

    @property
    def uri(self) -> str:
        """The address that a request is for."""
        return self.start.split()[1]

    @property
    def call_id(self) -> str:
        return self.header("call-id")

    @property
    def branch(self) -> str:
        """What tells one request from another."""
        found = re.search(r"branch=([^;,\s]+)", self.header("via"))
        return found[1] if found else ""

    @property
    def sdp(self) -> "Description":
        """The session description within."""
        return Description(self.body.decode())

    def tag(self, name: str) -> str:
        """Return the tag of From or To."""
        found = re.search(r";tag=([^;,\s]+)", self.header(name))
        return found[1] if found else ""

    def contact(self) -> str:
        """Return the address in Contact."""
        return address_in(self.header("contact"))


def address_in(header: str) -> str:
    """Return the URI of a header such as Contact, From or Route."""
    found = re.search(r"<([^>]+)>", header)
    return found[1] if found else header.partition(";")[0].strip()


def host_and_port(uri: str) -> Address:
    """Return where a URI points to."""
    rest = re.sub(r"^sips?:", "", uri).split(";")[0].rpartition("@")[2]
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:]+)(?::(\d+))?", rest)
    assert found, uri
    return found[1].strip("[]"), int(found[2] or 5060)


def parsed(
    data: bytes, way: Way = "udp", source: Address = ("", 0), at: float = 0.0, *, to: Address
) -> Message:
    """Read a message; raises ValueError on what is none."""
    head, _, body = data.partition(b"\r\n\r\n")
    start, *lines = re.sub(rb"\r\n[ \t]+", b" ", head).decode("utf-8", "replace").split("\r\n")
    if not re.fullmatch(r"SIP/2\.0 \d{3} .*|[A-Z]+ \S+ SIP/2\.0", start):
        raise ValueError(f"no SIP message: {start[:60]!r}")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"no header: {line[:60]!r}")
        name = name.strip().lower()
        headers.append((LONG_NAMES.get(name, name), value.strip()))
    return Message(start, tuple(headers), body, way, source, at, len(data), to)


def built(start: str, headers: Headers, body: bytes = b"", kind: str = "application/sdp") -> bytes:
    """Write a message."""
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append(f"Content-Type: {kind}")
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def token(prefix: str = "") -> str:
    """Return a word that nobody used before."""
    return prefix + secrets.token_hex(6)


# -- session descriptions ----------------------------------------------------------------------


class Description:
    """A session description with one stream of audio."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.replace("\r\n", "\n").strip().split("\n")

    def values(self, prefix: str) -> list[str]:
        """Return what follows `prefix` on each line that starts so."""
        return [line[len(prefix) :] for line in self.lines if line.startswith(prefix)]

    @property
    def audio(self) -> list[str]:
        """The words of the line `m=audio`: port, protocol, payload types."""
        (line,) = self.values("m=audio ")
        return line.split()

    @property
    def port(self) -> int:
        return int(self.audio[0])

    @property
    def protocol(self) -> str:
        return self.audio[1]

    @property
    def host(self) -> str:
        """Where the sound goes to: that of the stream, else that of the session."""
        return self.values("c=IN ")[-1].split()[1]

    @property
    def codecs(self) -> list[str]:
        """The names of the payload types, in the order of preference."""
        names = {"0": "PCMU/8000", "8": "PCMA/8000", "9": "G722/8000", "3": "GSM/8000"}
        for value in self.values("a=rtpmap:"):
            kind, name = value.split()[:2]
            names[kind] = name
        return [names.get(kind, kind) for kind in self.audio[2:]]

    def payload_type(self, codec: str) -> int:
        """Return the number of a codec by its name."""
        return int(self.audio[2 + [name.lower() for name in self.codecs].index(codec.lower())])

    @property
    def direction(self) -> str:
        """Which ways sound may go, as the describer sees it."""
        words = ("sendrecv", "sendonly", "recvonly", "inactive")
        return next((word for word in words if f"a={word}" in self.lines), "sendrecv")


def description(
    host: str,
    port: int,
    codecs: tuple[str, ...] = ("0 PCMU/8000", "101 telephone-event/8000"),
    *more: str,
    protocol: str = "RTP/AVP",
) -> bytes:
    """Write a description; `codecs` are payload type and name, `more` lines of the stream."""
    family = "IP6" if ":" in host else "IP4"
    kinds = " ".join(codec.split()[0] for codec in codecs)
    lines = [
        *("v=0", f"o=- 1 1 IN {family} {host}", "s=-", f"c=IN {family} {host}", "t=0 0"),
        f"m=audio {port} {protocol} {kinds}",
        *(f"a=rtpmap:{codec}" for codec in codecs),
        *more,
    ]
    return "\r\n".join([*lines, ""]).encode()


# -- passwords ---------------------------------------------------------------------------------


@dataclass
class Login:
    """Whom a server lets in, and who is let in, by MD5 digests (RFC 2617)."""

    user: str
    password: str
    realm: str = "tests"
    header: Literal["WWW-Authenticate", "Proxy-Authenticate"] = "WWW-Authenticate"
    nonce: str = field(default_factory=token)

    @property
    def challenge(self) -> tuple[str, str]:
        """The header that asks for it."""
        asked = f'Digest realm="{self.realm}", nonce="{self.nonce}", algorithm=MD5, qop="auth"'
        return self.header, asked

    @property
    def status(self) -> int:
        return 401 if self.header == "WWW-Authenticate" else 407

    def given(self, message: Message) -> dict[str, str] | None:
        """Return what a request gives for this realm."""
        name = "authorization" if self.status == 401 else "proxy-authorization"
        for value in message.all(name):
            fields = {
                key.lower(): quoted or bare
                for key, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^",\s]+))', value)
            }
            if fields.get("realm") == self.realm:
                return fields
        return None

    def answer(self, asked: str, status: int, method: str, uri: str) -> tuple[str, str]:
        """Return the header that answers a server's question."""
        fields = dict(re.findall(r'(\w+)="([^"]*)"', asked))
        mine = digest(self.user, fields["realm"], self.password)
        parts = (fields["nonce"], "00000001", "c", "auth")
        response = digest(mine, *parts, digest(method, uri))
        name = "Authorization" if status == 401 else "Proxy-Authorization"
        return name, (
            f'Digest username="{self.user}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", uri="{uri}", '
            f'response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"'
        )

    def accepts(self, message: Message) -> bool:
        """Whether a request knows the password."""
        given = self.given(message)
        if given is None or given["username"] != self.user or given["nonce"] != self.nonce:
            return False
        mine = digest(self.user, self.realm, self.password)
        asked = digest(message.method, given["uri"])
        parts = (given["nonce"], given["nc"], given["cnonce"], given["qop"])
        return given["response"] == digest(mine, *parts, asked)


def digest(*parts: str) -> str:
    """Return the MD5 of parts with colons between."""
    return hashlib.md5(":".join(parts).encode()).hexdigest()
