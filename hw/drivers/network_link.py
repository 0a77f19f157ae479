"""The network link of a unit, as the kernel sees it."""

import asyncio
import logging
import socket
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

NETWORK = Path("/sys/class/net")
RETRY_INTERVAL_S = 1.0

_RTMGRP_LINK = 0x1


class NetworkLink:
    """One network interface: whether there is a connection."""

    def __init__(self, interface: str, network: Path = NETWORK) -> None:
        self._folder = network / interface

    def connected(self) -> bool:
        """Whether the interface is there, up, and has a link."""
        try:
            return (self._folder / "carrier").read_text().strip() == "1"
        except OSError:  # missing, or down: then the kernel refuses to tell
            return False

    async def run(self, changed: Callable[[bool], None]) -> None:
        """Call `changed` with whether there is a connection: at the start and at each change, until cancelled."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.setblocking(False)
            kernel.bind((0, _RTMGRP_LINK))
            connected = self.connected()
            changed(connected)
            while True:
                try:
                    await loop.sock_recv(kernel, 65536)
                except OSError as error:
                    # Too many messages at once: some are lost, the state is not.
                    log.debug("link messages were lost (%s)", error)
                    await asyncio.sleep(RETRY_INTERVAL_S)
                if (now := self.connected()) != connected:
                    connected = now
                    changed(connected)
