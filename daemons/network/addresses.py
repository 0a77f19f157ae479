"""The unit's addresses: which came and which went, also while it was off."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from common.netlink import Address, Link
from common.topics import Event
from daemons.network.topics import ADDRESS_ADDED, ADDRESS_REMOVED

GRACE_S: Final = 60.0
"""How long after the start an address of before may take to come back: a lease is asked for, a cable is found."""

Known = dict[str, dict[str, str]]
"""Interface -> address -> origin."""


def known_of(addresses: Iterable[Address], links: Mapping[int, Link]) -> Known:
    """Return the addresses that count: of the given interfaces, and free to be used."""
    known: Known = {}
    for address in addresses:
        link = links.get(address.index)
        if link is not None and address.usable:
            known.setdefault(link.name, {})[str(address.address)] = origin_of(address)
    return known


def origin_of(address: Address) -> str:
    """Return where an address comes from, as `Network/AddressAdded` has it.

    The kernel knows what it made itself. What has an end was given by somebody: over IPv6 a single address (/128) by
    DHCP, one within a network by a router.
    """
    if address.address.is_link_local:
        return "Link local"
    if address.by_router:
        return "RA"
    if address.permanent:
        return "Static"
    single = isinstance(address.address, ipaddress.IPv4Address) or address.prefix == 128
    return "DHCP" if single else "RA"


@dataclass
class Addresses:
    """What is known, and what is told of it."""

    known: Known | None
    """What was told before the daemon ended; None on a new unit, for which no address is news."""
    grace_ends: float
    """Monotonic."""
    _missing: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._missing = {
            (interface, address)
            for interface, addresses in (self.known or {}).items()
            for address in addresses
        }

    def take(self, present: Known, now: float) -> list[Event]:
        """Take all present addresses, at a monotonic time; returns what is to be told."""
        if self.known is None:
            self.known = present
            return []
        told: list[Event] = []
        kept: Known = {}
        for interface, address, origin in _each(self.known):
            here = address in present.get(interface, {})
            awaited = (interface, address) in self._missing and now < self.grace_ends
            if here:
                self._missing.discard((interface, address))
            if here or awaited:
                kept.setdefault(interface, {})[address] = origin
            else:
                told.append(_event(ADDRESS_REMOVED.name, interface, address, origin))
        for interface, address, origin in _each(present):
            if address not in self.known.get(interface, {}):
                told.append(_event(ADDRESS_ADDED.name, interface, address, origin))
            kept.setdefault(interface, {})[address] = origin
        self.known = kept
        return told

    def awaiting(self, now: float) -> float | None:
        """Return for how many seconds an address of before may still come back; None when none is missing."""
        missing = self._missing & {
            (interface, address) for interface, address, _ in _each(self.known or {})
        }
        return max(0.0, self.grace_ends - now) if missing else None


def _each(known: Known) -> list[tuple[str, str, str]]:
    return [
        (interface, address, origin)
        for interface, addresses in sorted(known.items())
        for address, origin in sorted(addresses.items())
    ]


def _event(topic: str, interface: str, address: str, origin: str) -> Event:
    return Event(topic, {"interface": interface}, {"origin": origin, "address": address})
