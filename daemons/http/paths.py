"""The one form in which a path is accepted, and the names by which the unit may be addressed.

Nothing is normalised: a path in any other form than the plain one leads nowhere, so no two programs can read the
same bytes as two different paths.
"""

import ipaddress
import re
from functools import lru_cache

_PLAIN = re.compile(rb"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::([0-9]{1,5}))?")


def is_plain(raw_path: bytes) -> bool:
    """Whether `raw_path` is written plainly: no escapes, no empty or dotted segments, nothing odd."""
    return len(raw_path) <= 200 and _PLAIN.fullmatch(raw_path) is not None


@lru_cache(maxsize=256)
def host_of(header: str) -> str | None:
    """Return the name or address in a `Host` field, in lower case; None when it is malformed."""
    match = _HOST.fullmatch(header)
    if match is None:
        return None
    if match[1] is not None:
        try:
            return str(ipaddress.IPv6Address(match[1]))
        except ValueError:
            return None
    return match[2].lower()


def is_own_name(host: str, own_names: frozenset[str]) -> bool:
    """Whether a page from `host` can only be ours: an address, or one of the unit's names.

    Another site's name that somebody lets point to this unit (DNS rebinding) is none of them.
    """
    return host.removesuffix(".") in own_names or _is_address(host)


@lru_cache(maxsize=256)
def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
