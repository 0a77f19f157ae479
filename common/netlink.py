"""What the kernel says of network interfaces and their addresses (rtnetlink(7)), and when that changes.

A full library (pyroute2) costs every daemon that only looks 13 MB of memory; this reads two kinds of messages.
"""

import asyncio
import ipaddress
import logging
import socket
import struct
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

log = logging.getLogger(__name__)

RETRY_INTERVAL_S: Final = 1.0

_HEADER: Final = struct.Struct("=IHHII")
_LINK: Final = struct.Struct("=BxHiII")
_ADDRESS: Final = struct.Struct("=BBBBi")
_ATTRIBUTE: Final = struct.Struct("=HH")
_NEW_LINK, _GET_LINK, _NEW_ADDRESS, _GET_ADDRESS = 16, 18, 20, 22
_ERROR, _DONE = 2, 3
_DUMP_REQUEST: Final = 0x1 | 0x300
_TYPE_MASK: Final = 0x3FFF

_NAME, _MASTER, _LINK_INFO, _CARRIER, _KIND = 3, 10, 18, 33, 1
_PEER_ADDRESS, _OWN_ADDRESS, _ADDRESS_FLAGS, _PROTOCOL = 1, 2, 8, 11
_BY_ROUTER: Final = 2
_UP, _LOOPBACK = 0x1, 0x8


class Group(IntFlag):
    """What to hear of."""

    LINK = 0x1
    IPV4_ADDRESS = 0x10
    IPV6_ADDRESS = 0x100


@dataclass(frozen=True)
class Link:
    """One network interface."""

    index: int
    name: str
    connected: bool
    """It is up, and its carrier is there."""
    loopback: bool
    kind: str
    """`veth`, `bridge` ...; empty for hardware."""
    in_another: bool
    """Whether it is a part of a bridge or the like."""


@dataclass(frozen=True)
class Address:
    """One address of an interface."""

    index: int
    """Of the interface."""
    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    prefix: int
    permanent: bool
    """It has no end of its own, as a lease has."""
    usable: bool
    """Nobody else in the network claims it, as far as that is known."""
    by_router: bool
    """The kernel made it from a router's advertisement."""


def read_links() -> list[Link]:
    """Return all interfaces; raises OSError."""
    return [_link(body) for kind, body in _dump(_GET_LINK) if kind == _NEW_LINK]


def read_addresses() -> list[Address]:
    """Return all addresses of all interfaces; raises OSError."""
    return [_address(body) for kind, body in _dump(_GET_ADDRESS) if kind == _NEW_ADDRESS]


async def changes(groups: Group, settle_s: float = 0.0) -> AsyncIterator[None]:
    """Yield at once, and after each change; with `settle_s` once nothing has changed for so long.

    What a message says is to be read anew: when there are too many at once some are lost.
    """
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.setblocking(False)
        kernel.bind((0, groups))
        while True:
            yield
            await _message(loop, kernel)
            while settle_s:
                try:
                    async with asyncio.timeout(settle_s):
                        await _message(loop, kernel)
                except TimeoutError:
                    break


async def _message(loop: asyncio.AbstractEventLoop, kernel: socket.socket) -> None:
    try:
        await loop.sock_recv(kernel, 65536)
    except OSError as error:
        log.debug("messages of the kernel were lost (%s)", error)
        await asyncio.sleep(RETRY_INTERVAL_S)


def _dump(request: int) -> Iterator[tuple[int, bytes]]:
    """Ask for everything of one type; the kernel answers at once. Yields (type, body)."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.settimeout(5.0)
        body = bytes(_LINK.size)
        kernel.send(_HEADER.pack(_HEADER.size + len(body), request, _DUMP_REQUEST, 1, 0) + body)
        while True:
            answer = kernel.recv(1 << 18)
            while len(answer) >= _HEADER.size:
                length, kind, _flags, _sequence, _port = _HEADER.unpack_from(answer)
                if kind == _DONE:
                    return
                if kind == _ERROR or length < _HEADER.size:
                    raise OSError("the kernel does not tell of its network")
                yield kind, answer[_HEADER.size : length]
                answer = answer[_aligned(length) :]


def _link(body: bytes) -> Link:
    _family, _type, index, flags, _change = _LINK.unpack_from(body)
    found = dict(_attributes(body[_LINK.size :]))
    info = dict(_attributes(found.get(_LINK_INFO, b"")))
    return Link(
        index,
        _text(found.get(_NAME, b"")),
        connected=bool(flags & _UP) and found.get(_CARRIER, b"\0")[0] == 1,
        loopback=bool(flags & _LOOPBACK),
        kind=_text(info.get(_KIND, b"")),
        in_another=_MASTER in found,
    )


class _AddressFlag(IntFlag):
    DUPLICATE = 0x08
    TENTATIVE = 0x40
    PERMANENT = 0x80
    OPTIMISTIC = 0x04


def _address(body: bytes) -> Address:
    _family, prefix, short_flags, _scope, index = _ADDRESS.unpack_from(body)
    found = dict(_attributes(body[_ADDRESS.size :]))
    flags = int.from_bytes(found.get(_ADDRESS_FLAGS, bytes([short_flags])), _order)
    waiting = flags & _AddressFlag.TENTATIVE and not flags & _AddressFlag.OPTIMISTIC
    return Address(
        index,
        # Of a point-to-point interface the other is the peer's.
        ipaddress.ip_address(found.get(_OWN_ADDRESS) or found[_PEER_ADDRESS]),
        prefix,
        permanent=bool(flags & _AddressFlag.PERMANENT),
        usable=not waiting and not flags & _AddressFlag.DUPLICATE,
        by_router=found.get(_PROTOCOL, b"\0")[0] == _BY_ROUTER,
    )


def _attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    while len(body) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(body)
        if length < _ATTRIBUTE.size:
            return
        yield kind & _TYPE_MASK, body[_ATTRIBUTE.size : length]
        body = body[_aligned(length) :]


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode(errors="replace")


_order: Final = sys.byteorder
