"""The addresses of this machine, from the kernel."""

import contextlib
import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path

from common import netlink
from common.netlink import Group, changes
from daemons.system.ports import Addresses

ROUTES = Path("/proc/net/route")
SETTLE_S = 1.0
"""Addresses come in groups (one by DHCP, some by router advertisement): look once they are all there."""


def read_addresses(interface: str | None) -> Addresses:
    """Return the present addresses; without `interface`, that of the default route is the unit's own."""
    found: dict[str, list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]] = {}
    names = {link.index: link.name for link in netlink.read_links()}
    for each in netlink.read_addresses():
        entry = ipaddress.ip_interface((each.address, each.prefix))
        # An interface without a name came just now: that is a change, after which this is read again.
        if each.index in names and not entry.is_loopback:
            found.setdefault(names[each.index], []).append(entry)
    own = interface or _default_interface(found)
    ordered = [
        entry
        for name in sorted(found, key=lambda name: (name != own, name))
        for entry in found[name]
    ]
    mine = found.get(own, [])
    first = next((entry for entry in mine if isinstance(entry, ipaddress.IPv4Interface)), None)
    return Addresses(
        all=tuple(
            dict.fromkeys(str(entry.ip) for entry in sorted(ordered, key=lambda each: each.version))
        ),
        address=str(first.ip) if first else "",
        netmask=str(first.netmask) if first else "",
        broadcast=str(first.network.broadcast_address) if first else "",
        ipv6=tuple(str(entry.ip) for entry in mine if entry.version == 6),
    )


def address_changes() -> AsyncIterator[None]:
    """Yield at once, and after each change of any address of this machine."""
    return changes(Group.IPV4_ADDRESS | Group.IPV6_ADDRESS, SETTLE_S)


def _default_interface(
    found: dict[str, list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]],
) -> str:
    with contextlib.suppress(OSError):
        for line in ROUTES.read_text().splitlines()[1:]:
            fields = line.split()
            if len(fields) > 7 and fields[1] == fields[7] == "00000000" and fields[0] in found:
                return fields[0]
    return min(found, default="")
