"""The network link of a unit, as the kernel sees it."""

from collections.abc import Callable
from pathlib import Path

from common.netlink import Group, changes

NETWORK = Path("/sys/class/net")


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
        connected = None
        async for _ in changes(Group.LINK):
            if (now := self.connected()) != connected:
                connected = now
                changed(connected)
