"""Sockets of multicast groups, on the network interfaces that there are."""

import errno
import logging
import os
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from common.netlink import read_addresses, read_links

log = logging.getLogger(__name__)

FIXED_INTERFACE: Final = "C8210_MULTICAST_INTERFACE"
"""Set where a unit must keep to one interface whatever its parameters say, as in tests."""

_RECEIVE_BUFFER: Final = 128 * 1024
_SO_TIMESTAMPNS: Final = 35
_IP_MULTICAST_ALL: Final = 49
_MREQN: Final = struct.Struct("@4s4si")


@dataclass(frozen=True)
class Interface:
    """One network interface with an IPv4 address."""

    name: str
    index: int


def interfaces(only: str) -> tuple[Interface, ...]:
    """Return those that multicast may use: `only` that one, or all."""
    only = os.environ.get(FIXED_INTERFACE) or only
    with_ipv4 = {each.index for each in read_addresses() if each.address.version == 4}
    return tuple(
        Interface(link.name, link.index)
        for link in read_links()
        if link.index in with_ipv4 and (not only or link.name == only)
    )


class ReceivingGroup:
    """The socket of one source."""

    def __init__(self, address: str, port: int) -> None:
        """Open it; raises OSError."""
        self._address = socket.inet_aton(address)
        self._joined: frozenset[Interface] = frozenset()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.setblocking(False)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            # What another program on this computer has joined is none of ours.
            self.socket.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
            self.socket.bind((address, port))
        except OSError:
            self.socket.close()
            raise

    def join(self, wanted: tuple[Interface, ...]) -> None:
        """Be a member on these interfaces and no others."""
        for gone in self._joined - set(wanted):
            with suppress(OSError):  # with an interface its membership goes
                self._set(socket.IP_DROP_MEMBERSHIP, gone)
        joined = self._joined & set(wanted)
        for new in set(wanted) - self._joined:
            try:
                self._set(socket.IP_ADD_MEMBERSHIP, new)
            except OSError as error:
                log.warning("no multicast from %s: %s", new.name, error.strerror)
            else:
                joined |= {new}
        self._joined = joined

    def close(self) -> None:
        """Leave."""
        self.socket.close()

    def _set(self, option: int, interface: Interface) -> None:
        membership = _MREQN.pack(self._address, bytes(4), interface.index)
        self.socket.setsockopt(socket.IPPROTO_IP, option, membership)


def open_sending_group(address: str, port: int, *, only: str, ttl: int, dscp: int) -> socket.socket:
    """Return a socket that is connected to a group; raises OSError when it cannot be reached."""
    group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        only = os.environ.get(FIXED_INTERFACE) or only
        group.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
        group.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
        if only:
            _leave_by(group, _index_of(only))
        try:
            group.connect((address, port))
        except OSError:
            # A unit without a router has no route there, but it has a network.
            outside = [each for each in interfaces(only) if each.name != "lo"]
            if only or not outside:
                raise
            _leave_by(group, outside[0].index)
            group.connect((address, port))
    except OSError:
        group.close()
        raise
    return group


def none_present(only: str) -> str:
    """Say why no interface may be used: there is none at all, or none of that name with an address."""
    only = os.environ.get(FIXED_INTERFACE) or only
    if not only:
        return "the unit has no network interface with an IPv4 address"
    return f"the unit has no network interface {only} with an IPv4 address"


def _index_of(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except OSError as error:
        # Python gives this error neither number nor words.
        raise OSError(errno.ENODEV, f"the unit has no network interface {name}") from error


def _leave_by(group: socket.socket, index: int) -> None:
    group.setsockopt(
        socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _MREQN.pack(bytes(4), bytes(4), index)
    )


def open_interface_news() -> socket.socket:
    """Return a socket that can be read when interfaces or their addresses change; raises OSError."""
    news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE)
    try:
        news.bind((0, _GROUP_LINK | _GROUP_IPV4_ADDRESS))
    except OSError:
        news.close()
        raise
    news.setblocking(False)
    return news


_NETLINK_ROUTE: Final = 0
_GROUP_LINK: Final = 1
_GROUP_IPV4_ADDRESS: Final = 0x10
