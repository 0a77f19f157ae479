"""Whether a caller is taken (M-SIP-03 and the access list of VAPIX sys-sip)."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from common.sip import Configuration
from daemons.sip.calls.uri import Address, Uri, address_of, parse

FORBIDDEN, BUSY = 403, 486
MOST_UNCONFIRMED_OF_ONE = 2
"""Calls of one address that were answered and not acknowledged yet: a phone acknowledges within milliseconds."""

_ADDRESS_PATTERN = re.compile(r"^[0-9*]+(\.[0-9*]+){1,3}$|^[0-9a-f:*]*:[0-9a-f:*]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """Why a caller is not taken."""

    code: int
    why: str


@dataclass(frozen=True)
class Load:
    """What there is of calls when another one comes."""

    under_way: int
    waiting: int
    """Calls that ring here, or that were answered and not acknowledged yet."""
    unconfirmed_of_source: int
    """The latter, of the address that calls now."""


def refusal(
    configuration: Configuration, remote_uri: str, source: str, load: Load, known: Collection[str]
) -> Refusal | None:
    """Return why a call that comes in is refused, None when it is taken.

    `known` are the addresses and networks of servers and listed callers, for whom a place is kept.
    """
    if not configuration.sip_enabled or not configuration.allow_incoming_calls:
        return Refusal(FORBIDDEN, "incoming calls are not allowed")
    if not _listed_callers_pass(configuration, remote_uri, source):
        return Refusal(FORBIDDEN, "the access list does not allow this caller")
    most = configuration.attributes.max_calls
    if load.under_way >= most:
        return Refusal(BUSY, f"{most} calls are up already")
    # It costs a caller nothing to ring, or to say nothing to our answer, and holds a place. Strangers who do that never
    # get the last one while there is somebody to keep it for, nor one address more than a few.
    stranger = not any(_names_source(each, address_of(source)) for each in known)
    kept = bool(known) and load.waiting >= max(most - 1, 1)
    if stranger and (kept or load.unconfirmed_of_source >= MOST_UNCONFIRMED_OF_ONE):
        return Refusal(BUSY, "too many calls ring or wait for their acknowledgement")
    return None


def _listed_callers_pass(configuration: Configuration, remote_uri: str, source: str) -> bool:
    if not configuration.apply_access_list:
        return True
    caller = parse(remote_uri)
    listed = any(names(entry, caller, source) for entry in configuration.access_list)
    return listed is (configuration.access_list_policy == "Allow")


def names(entry: str, caller: Uri, source: str) -> bool:
    """Whether an entry of the access list names this caller.

    What a caller writes into From is his own choice. So an address or a network, alone or after an @, is held against
    the address from which the call came, which cannot be chosen freely by who wants an answer. A user or a host name
    can only be held against From: it keeps order among callers who mean well, and nobody else out. From has no port
    (RFC 3261, section 20.10), so that of an entry says nothing.
    """
    if is_address(entry):
        return _names_source(entry, address_of(source))
    wanted = parse(entry)
    if "@" in entry and not _like(wanted.user, caller.user):
        return False
    if is_address(wanted.host):
        return _names_source(wanted.host, address_of(source))
    return _like(wanted.host, caller.host)


def is_address(entry: str) -> bool:
    """Whether an entry means where a call comes from: an address, a network, or a pattern of addresses."""
    return _network(entry) is not None or bool(_ADDRESS_PATTERN.match(entry))


def known_addresses(configuration: Configuration) -> list[str]:
    """Return the addresses and networks that the access list lets in by name."""
    if not configuration.apply_access_list or configuration.access_list_policy != "Allow":
        return []
    return [entry for entry in configuration.access_list if _network(entry) is not None]


def _names_source(entry: str, source: Address | None) -> bool:
    if source is None:
        return False
    network = _network(entry)
    if network is not None:
        return source in network
    return _like(entry.lower(), str(source))


@lru_cache(maxsize=1024)
def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _like(pattern: str, text: str) -> bool:
    """Whether `text` is what `pattern` means, in which `*` stands for any text.

    What was found of a piece is not looked for again: a stranger's text must not keep all calls waiting.
    """
    first, *between = map(re.escape, pattern.split("*"))
    last = f".*{between.pop()}" if between else ""
    whole = first + "".join(f"(?>.*?{piece})" for piece in between) + last
    return re.fullmatch(whole, text, re.DOTALL) is not None
