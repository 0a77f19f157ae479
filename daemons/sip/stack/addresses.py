"""SIP addresses as text, hosts, and what of this unit's own addresses leads to them."""

import ipaddress
import re
import socket
from typing import Final, NamedTuple
from urllib.parse import unquote

_ADDRESS: Final = re.compile(
    r"^\s*(?:(?P<name>\"(?:[^\"\\]|\\.)*\"|[^<\"]*?)\s*<)?"
    r"(?P<scheme>sips?):(?:(?P<user>[^@<>]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:;?<>\s]*)(?::(?P<port>\d{1,5}))?"
    r"(?P<rest>[;?][^<>\s]*)?>?(?P<parameters>;.*)?\s*$"
)
_REQUEST: Final = re.compile(r"^[A-Z]+ sips?:(?P<user>[^@:;\s]+)[^@\s]*@", re.IGNORECASE)
_DISCARD_PORT: Final = 9


class Address(NamedTuple):
    """What `"name" <scheme:user@host:port;rest>` says."""

    name: str
    scheme: str
    user: str
    host: str
    """IPv6 in brackets; empty where none stands."""
    port: int
    """0: none stands."""
    rest: str
    """Parameters and headers of the URI, with their `;` or `?`."""

    @property
    def uri(self) -> str:
        """The URI alone."""
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}:{user}{self.host}{port}{self.rest}"

    def __str__(self) -> str:
        return f"{self.name} <{self.uri}>".lstrip()


def parse(text: str) -> Address:
    """Read an address; raises ValueError."""
    found = _ADDRESS.match(text)
    if not found:
        raise ValueError("this is no SIP address")
    port = int(found["port"] or 0)
    if port > 65_535:
        raise ValueError("there is no such port")
    return Address(
        (found["name"] or "").strip(),
        found["scheme"],
        found["user"] or "",
        found["host"] or "",
        port,
        found["rest"] or "",
    )


def by(address: Address, transport: str, secure: bool) -> Address:
    """Return an address that is reached by a transport, unless it names one itself; `secure` makes it `sips:`."""
    if secure or address.scheme == "sips":
        return address._replace(scheme="sips")
    if transport == "udp" or ";transport=" in address.rest.lower():
        return address
    parameters, mark, headers = address.rest.partition("?")
    return address._replace(rest=f"{parameters};transport={transport}{mark}{headers}")


def of_server(text: str) -> Address:
    """Read `host[:port]`, or a URI; raises ValueError."""
    return parse(text if text.startswith(("sip:", "sips:")) else f"sip:{text}")


def server(text: str, transport: str, secure: bool) -> str:
    """Return the URI of a proxy of `host[:port]`: requests pass it, whatever their target."""
    address = by(of_server(text), transport, secure)
    return f"<{address._replace(rest=address.rest + ';lr').uri}>"


def resolve(host: str) -> frozenset[str]:
    """Return a host's addresses; this may wait for the name server."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None)
    except (OSError, UnicodeError):  # the second is of what can be no name: `pbx..lan`
        return frozenset()
    return frozenset(str(entry[4][0]) for entry in found)


def requested_user(request: str) -> str:
    """Return whom a request is for, by its first line: `sip:USER@host`; empty for nobody by name."""
    found = _REQUEST.match(request)
    return found["user"] if found else ""


def same_user(one: str, other: str) -> bool:
    """Return whether two users are the same, however they are escaped."""
    return unquote(one).lower() == unquote(other).lower()


def is_loopback(address: str) -> bool:
    """Return whether only this machine itself gets to an address; empty stands for all there are."""
    return bool(address) and ipaddress.ip_address(address).is_loopback


def source(text: str) -> str:
    """Return the address in `address:port`, as PJSIP tells where a message came from."""
    return text.rpartition(":")[0].strip("[]")


def local_address_towards(host: str, ipv6: bool) -> str:
    """Return the address from which this unit would reach a host, in brackets if it is IPv6; a name must resolve."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), _DISCARD_PORT, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        found = []
    found.sort(key=lambda entry: (entry[0] == socket.AF_INET6) != ipv6)
    for family, kind, _, _, where in found:
        with socket.socket(family, kind) as probe:
            try:
                probe.connect(where)  # nothing is sent
            except OSError:
                continue
            own: str = probe.getsockname()[0].partition("%")[0]
            return f"[{own}]" if family == socket.AF_INET6 else own
    return "localhost"


def default_address(ipv6: bool) -> str:
    """Return the address from which the rest of the world is reached."""
    return local_address_towards("2001:db8::1" if ipv6 else "192.0.2.1", ipv6)
