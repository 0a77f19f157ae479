"""The unit's own addresses, and those of the servers it knows by name."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Thread

from common.netlink import Group, changes, read_addresses, read_links

log = logging.getLogger(__name__)

SETTLE_S = 0.5
LOOK_UP_AGAIN_S = 300.0
LOOK_UP_S = 10.0


async def follow_addresses(changed: Callable[[tuple[str, ...]], None]) -> None:
    """Call `changed` with the addresses others can reach, at once and whenever they are others; until cancelled."""
    last: tuple[str, ...] | None = None
    groups = Group.LINK | Group.IPV4_ADDRESS | Group.IPV6_ADDRESS
    async for _ in changes(groups, SETTLE_S):
        try:
            found = own_addresses()
        except OSError as error:
            log.warning("the addresses cannot be read (%s), ignoring", error)
            continue
        if found != last:
            last = found
            changed(found)


def own_addresses() -> tuple[str, ...]:
    """Return the addresses others can reach, IPv4 first; raises OSError."""
    there = {link.index for link in read_links() if link.connected and not link.loopback}
    found = [
        each.address
        for each in read_addresses()
        if each.index in there and each.usable and not each.address.is_link_local
    ]
    return tuple(str(each) for each in sorted(found, key=lambda each: (each.version, int(each))))


class Names:
    """The addresses of hosts, looked up again now and then."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._hosts: frozenset[str] = frozenset()
        self._other = asyncio.Event()
        self.addresses: frozenset[str] = frozenset()

    def look_for(self, hosts: Iterable[str]) -> None:
        """Know these from now on."""
        wanted = frozenset(hosts)
        if wanted != self._hosts:
            self._hosts = wanted
            self._other.set()

    def again(self) -> None:
        """The network is another one."""
        self._other.set()

    async def run(self) -> None:
        """Look them up, until cancelled."""
        while True:
            self._other.clear()
            found = await asyncio.gather(*(_look_up(host) for host in sorted(self._hosts)))
            addresses = frozenset().union(*found)
            if addresses != self.addresses:
                self.addresses = addresses
                self._changed()
            try:
                async with asyncio.timeout(LOOK_UP_AGAIN_S if self._hosts else None):
                    await self._other.wait()
            except TimeoutError:
                continue


async def _look_up(host: str) -> frozenset[str]:
    """Ask in a thread that nobody waits for at the end: a name server that is away keeps it for long."""
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[frozenset[str]] = loop.create_future()

    def settle(found: frozenset[str]) -> None:
        if not answered.done():
            answered.set_result(found)

    def ask() -> None:
        found = _addresses(host)
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, found)

    Thread(target=ask, name="name", daemon=True).start()
    try:
        async with asyncio.timeout(LOOK_UP_S):
            return await answered
    except TimeoutError:
        return frozenset()


def _addresses(host: str) -> frozenset[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        log.debug("'%s' is not found: %s", host, error)
        return frozenset()
    return frozenset(str(address[0]).partition("%")[0] for *_rest, address in found)
