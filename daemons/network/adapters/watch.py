"""Looks at the kernel's interfaces and addresses as they change."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from common.clock import Clock
from common.netlink import Group, changes, read_addresses, read_links
from common.topics import Event
from daemons.network.addresses import Addresses, known_of
from daemons.network.interfaces import Connections, own_interfaces

log = logging.getLogger(__name__)

RETRY_INTERVAL_S: Final = 1.0


class Watch:
    """The network as it is."""

    def __init__(
        self,
        only: str | None,
        addresses: Addresses,
        connections: Connections,
        clock: Clock,
        *,
        moved: Callable[[list[Event]], None],
        links: Callable[[dict[str, bool]], None] | None,
    ) -> None:
        """`moved` is given what came and went of addresses, `links` whether each interface is connected."""
        self._only = only
        self._addresses = addresses
        self._connections = connections
        self._clock = clock
        self._moved = moved
        self._links = links

    async def run(self) -> None:
        """Look at the start and after each change, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._after_grace(), name="addresses that did not come back")
            async for _ in changes(Group.LINK | Group.IPV4_ADDRESS | Group.IPV6_ADDRESS):
                self.look()

    def look(self) -> None:
        """Look now."""
        try:
            own = own_interfaces(read_links(), self._only)
            present = known_of(read_addresses(), own)
        except OSError as error:
            log.warning("the network cannot be looked at: %s, ignoring", error)
            return
        if self._links is not None:
            connected = {link.name: link.connected for link in own.values()}
            self._links({self._only: False} | connected if self._only else connected)
        self._moved(self._addresses.take(present, self._clock.monotonic()))

    async def _after_grace(self) -> None:
        while (wait_s := self._addresses.awaiting(self._clock.monotonic())) is not None:
            await asyncio.sleep(max(wait_s, RETRY_INTERVAL_S))
            self.look()
