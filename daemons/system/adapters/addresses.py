"""The addresses of this machine, from the kernel."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import ifaddr

from daemons.system.ports import Addresses

ROUTES = Path("/proc/net/route")
SETTLE_S = 1.0
"""Addresses come in groups (one by DHCP, some by router advertisement): look once they are all there."""

_RTMGRP_IPV4_IFADDR = 0x10
_RTMGRP_IPV6_IFADDR = 0x100


def read_addresses(interface: str | None) -> Addresses:
    """Return the present addresses; without `interface`, that of the default route is the unit's own."""
    found: dict[str, list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]] = {}
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            address = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            entry = ipaddress.ip_interface(f"{address}/{ip.network_prefix}")
            if not entry.is_loopback:
                found.setdefault(adapter.name, []).append(entry)
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


async def address_changes() -> AsyncIterator[None]:
    """Yield after each change of any address of this machine."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.setblocking(False)
        kernel.bind((0, _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR))
        while True:
            await _message(loop, kernel)
            with contextlib.suppress(TimeoutError):
                while True:
                    async with asyncio.timeout(SETTLE_S):
                        await _message(loop, kernel)
            yield


async def _message(loop: asyncio.AbstractEventLoop, kernel: socket.socket) -> None:
    """Wait for a message; what it says is read from the kernel anew, since a full socket loses some."""
    try:
        await loop.sock_recv(kernel, 65536)
    except OSError:
        await asyncio.sleep(SETTLE_S)


def _default_interface(
    found: dict[str, list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]],
) -> str:
    with contextlib.suppress(OSError):
        for line in ROUTES.read_text().splitlines()[1:]:
            fields = line.split()
            if len(fields) > 7 and fields[1] == fields[7] == "00000000" and fields[0] in found:
                return fields[0]
    return min(found, default="")
