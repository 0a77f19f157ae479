"""An HTTP proxy between the unit and the broker, as its address says."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from common.errors import InvalidValue
from common.mqtt import HIDDEN, LONGEST_PROXY

DEFAULT_PORT = 80
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,255}")


@dataclass(frozen=True)
class Proxy:
    """Where it is, and who we are to it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, address: str, name: str) -> "Proxy":
        """Read `[http://][user[:password]@]host[:port]`; `InvalidValue` names it by `name`, without its content."""
        if len(address.encode()) > LONGEST_PROXY:
            raise InvalidValue(f"{name}: at most {LONGEST_PROXY} bytes")
        if not address.isprintable() or " " in address:  # urlsplit would leave some of it out
            raise InvalidValue(f"{name}: not an address of a proxy")
        text = address if "://" in address else f"http://{address}"
        try:
            parts = urlsplit(text)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise InvalidValue(f"{name}: not an address of a proxy") from None
        if parts.scheme != "http":
            raise InvalidValue(f"{name}: a proxy is spoken to by http:// only")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if (
            not _HOST.fullmatch(host)
            or port == 0
            or parts.path.strip("/")
            or parts.query
            or parts.fragment
            or not (user + password).isprintable()
            or ":" in user
        ):
            raise InvalidValue(f"{name}: not an address of a proxy")
        return cls(host, port or DEFAULT_PORT, user, password)


def shown(address: str) -> str:
    """Return a proxy's address with `HIDDEN` for its password."""
    before, at, host = address.rpartition("@")
    if not at:
        return address
    scheme, slashes, login = before.rpartition("://")
    user, colon, password = login.partition(":")
    return f"{scheme}{slashes}{user}{colon}{HIDDEN if password else ''}@{host}"


def meant(address: str, before: str) -> str:
    """Return what is meant by an address that may be one that was shown: then its password is the one before."""
    return before if address == shown(before) else address
