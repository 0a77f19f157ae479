"""Digest access authentication (RFC 7616, with MD5 and SHA-256; RFC 2069 where a client leaves out qop).

A nonce carries its own time and is signed, so issuing one costs no memory. It is remembered only once a request
with it was right, which a stranger cannot bring about.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum

from common.accounts import Verifier
from common.clock import Clock

NONCE_LIFE_S = 300.0
REMEMBERED_NONCES = 4096
COUNT_WINDOW = 64
"""How far apart the counts of requests under way at once may lie."""

_PAIR = re.compile(r'([A-Za-z*]+)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s,"]+))\s*(?:,|$)\s*')
_URI = re.compile(r'(uri)\s*=\s*(?:"([^"]*)"|([^\s,"]+))\s*(?:,|$)\s*', re.IGNORECASE)
"""No address holds a quotation mark, but curl, asked for `action=1:\\`, writes a backslash as it is."""
_ESCAPED = re.compile(r"\\(.)")
_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_STAMP_BYTES = 6
_RANDOM_BYTES = 6
_MAC_BYTES = 12
_LONGEST_HEADER = 2048


class Algorithm(Enum):
    """The hashes a client may use."""

    MD5 = "MD5"
    SHA256 = "SHA-256"

    def digest(self, text: str) -> str:
        """Return the hash of `text` in hex."""
        data = text.encode("latin-1")  # as header fields are decoded
        if self is Algorithm.MD5:
            return hashlib.md5(data, usedforsecurity=False).hexdigest()
        return hashlib.sha256(data).hexdigest()

    def ha1(self, verifier: Verifier) -> str:
        """Return the part of `verifier` that this hash is checked against."""
        return verifier.ha1_md5 if self is Algorithm.MD5 else verifier.ha1_sha256


@dataclass(frozen=True)
class DigestCredentials:
    """What a client put into its `Authorization: Digest` header."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: Algorithm
    qop: str | None
    nc: str
    cnonce: str

    def proves(self, verifier: Verifier, method: str) -> bool:
        """Whether the client knows the password behind `verifier`."""
        hash_ = self.algorithm.digest
        ha2 = hash_(f"{method}:{self.uri}")
        middle = f"{self.nc}:{self.cnonce}:{self.qop}:" if self.qop else ""
        expected = hash_(f"{self.algorithm.ha1(verifier)}:{self.nonce}:{middle}{ha2}")
        return hmac.compare_digest(expected.encode(), self.response.lower().encode())


class NonceState(Enum):
    """What a nonce is worth."""

    FRESH = "fresh"
    STALE = "stale"


def parse(header: str, target: str = "") -> DigestCredentials | None:
    """Read what follows `Digest `; None when it is malformed or asks for something not offered.

    `target` is the address that was asked for: some clients write it as it is, others with its backslashes escaped.
    """
    fields = _fields(header, target)
    if fields is None:
        return None
    try:
        algorithm = Algorithm(fields.get("algorithm", "MD5").upper())
    except ValueError:
        return None
    qop = fields.get("qop")
    if qop is not None and qop.lower() != "auth":
        return None
    nc, cnonce = fields.get("nc", ""), fields.get("cnonce", "")
    if qop is not None and (not _COUNT.fullmatch(nc) or not cnonce):
        return None
    required = [fields.get(name) for name in ("username", "realm", "nonce", "uri", "response")]
    if not all(required):
        return None
    username, realm, nonce, uri, response = (str(value) for value in required)
    return DigestCredentials(
        username, realm, nonce, uri, response, algorithm, qop, nc.lower(), cnonce
    )


def _fields(header: str, target: str) -> dict[str, str] | None:
    if len(header) > _LONGEST_HEADER:
        return None
    fields: dict[str, str] = {}
    end = 0
    while end < len(header):
        match = _URI.match(header, end) or _PAIR.match(header, end)
        if match is None:
            return None
        name, quoted, token = match.groups()
        name = name.lower()
        if name in fields:
            return None
        end = match.end()
        if quoted is None:
            fields[name] = token
        else:
            as_it_is = name == "uri" and quoted == target
            fields[name] = quoted if as_it_is else _unescaped(quoted)
    return fields


def _unescaped(quoted: str) -> str:
    return _ESCAPED.sub(r"\1", quoted) if "\\" in quoted else quoted


class Nonces:
    """Makes nonces and knows which are still good; everything is in terms of the time since the start of the unit."""

    def __init__(self, key: bytes, clock: Clock, boot_id: str) -> None:
        self._key = hmac.digest(key, f"nonce {boot_id}".encode(), "sha256")
        self._clock = clock
        self._used: OrderedDict[str, _Counts] = OrderedDict()
        # What was used before this time is no longer known: a nonce from then is answered with stale=true,
        # and the client comes again with a fresh one, without asking anybody for a password.
        self._known_since = _milliseconds(clock) / 1000

    def issue(self) -> str:
        """Return a new nonce."""
        stamp = _milliseconds(self._clock).to_bytes(_STAMP_BYTES)
        body = stamp + secrets.token_bytes(_RANDOM_BYTES)
        return urlsafe_b64encode(body + self._mac(body)).decode()

    def use(self, credentials: DigestCredentials) -> NonceState:
        """Take note of a request whose response was right, and say whether it may pass."""
        issued = self._issued(credentials.nonce)
        now = self._clock.monotonic()
        if issued is None or issued < self._known_since or not 0 <= now - issued <= NONCE_LIFE_S:
            return NonceState.STALE
        if credentials.qop is None:
            return NonceState.FRESH  # RFC 2069 counts nothing; the life of the nonce is the bound
        counts = self._used.setdefault(credentials.nonce, _Counts(issued))
        self._used.move_to_end(credentials.nonce)
        self._forget()
        return NonceState.FRESH if counts.take(int(credentials.nc, 16)) else NonceState.STALE

    def _forget(self) -> None:
        while len(self._used) > REMEMBERED_NONCES:
            _, forgotten = self._used.popitem(last=False)
            self._known_since = max(self._known_since, forgotten.issued + 0.001)

    def _issued(self, nonce: str) -> float | None:
        """Return when we made `nonce`; None when we did not."""
        try:
            whole = urlsafe_b64decode(nonce.encode("ascii"))
        except ValueError:
            return None
        body, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
        if len(body) != _STAMP_BYTES + _RANDOM_BYTES or not hmac.compare_digest(
            mac, self._mac(body)
        ):
            return None
        return int.from_bytes(body[:_STAMP_BYTES]) / 1000

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_MAC_BYTES]


def _milliseconds(clock: Clock) -> int:
    return int(clock.monotonic() * 1000)


class _Counts:
    """The request counts seen with one nonce: the highest, and which of those just below it."""

    __slots__ = ("highest", "issued", "seen")

    def __init__(self, issued: float) -> None:
        self.issued = issued
        self.highest = 0
        self.seen = 0

    def take(self, count: int) -> bool:
        """Note `count`; False when it was there before or is too old to tell."""
        if count > self.highest:
            shift = count - self.highest
            self.seen = (self.seen << shift | 1) & (1 << COUNT_WINDOW) - 1 if shift < 64 else 1
            self.highest = count
            return True
        behind = self.highest - count
        if count < 1 or behind >= COUNT_WINDOW or self.seen >> behind & 1:
            return False
        self.seen |= 1 << behind
        return True
