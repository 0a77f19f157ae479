"""Who calls and who is called: the little of a SIP address that decisions are made by."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote

from common.errors import InvalidValue

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_SHOWN = 1000

_NAME_ADDRESS = re.compile(r'^\s*(?P<name>"(?:[^"\\]|\\.)*"|[^"<]*?)\s*<(?P<uri>[^>]*)>')
_URI = re.compile(
    r"^(?P<scheme>sips?:)?(?:(?P<user>[^@]*)@)?(?P<host>\[[^\]]*\]|[^:;?@\[\]]*)(?::(?P<port>\d{1,5}))?(?:[;?].*)?$",
    re.IGNORECASE,
)
_CALLABLE = re.compile(r"^[\x21-\x7e]+$")
"""What can stand in a request line: nothing that ends it."""
_UNSAFE = re.compile(r'[<>"\\]')


@dataclass(frozen=True)
class Uri:
    """The parts of an address, in small letters but for the name."""

    name: str
    user: str
    host: str
    port: str

    @property
    def shown(self) -> str:
        """How a person knows the other party."""
        if self.name:
            return self.name
        return f"{self.user}@{self.host}" if self.user else self.host


def parse(text: str) -> Uri:
    """Read `"Name" <sip:user@host:port;...>`, or less of it; what is none has no host."""
    named = _NAME_ADDRESS.match(text)
    name, uri = (named["name"], named["uri"]) if named else ("", text)
    if name.startswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    found = _URI.match(uri.strip())
    if found is None:
        return Uri(name.strip(), "", "", "")
    user = unquote((found["user"] or "").partition(":")[0].partition(";")[0])
    host = found["host"].strip("[]")
    return Uri(name.strip(), user.lower(), host.lower(), found["port"] or "")


def bare(text: str) -> str:
    """Return an address as it can be dialled, without the name, the brackets and what belongs to the header."""
    named = _NAME_ADDRESS.match(text)
    return plain(named["uri"].strip() if named else text.strip().partition(";tag=")[0])


def plain(text: str) -> str:
    """Return what a stranger has sent as it can stand in a log and in an event."""
    return "".join(character for character in text[:LONGEST_SHOWN] if character.isprintable())


def address_of(text: str) -> Address | None:
    """Return the address that a text is, an IPv4 address in IPv6 clothes as what it is; None when it is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def callee(to: str) -> str:
    """Return whom to call as a SIP address; raises InvalidValue for what cannot be one."""
    text = to.strip()
    if not text or not _CALLABLE.match(text) or _UNSAFE.search(text):
        raise InvalidValue(f"to: {to[:64]!r} is no SIP address")
    scheme, colon, _rest = text.partition(":")
    if not (colon and scheme.lower() in ("sip", "sips")):
        bare = address_of(text)
        text = f"sip:[{bare}]" if bare is not None and bare.version == 6 else f"sip:{text}"
    if not parse(text).host:
        raise InvalidValue(f"to: {to[:64]!r} is no SIP address")
    return text
