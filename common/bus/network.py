"""What the network daemon offers: the events of the network, which it tells as every daemon does, and remote access."""

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class NetworkInterface(DaemonInterface, interface_name="org.c8210.Network1"):
    """The unit's network."""

    @dbus_method("", "s")
    async def remote_access(self) -> str:
        """Return how the SSH and FTP servers are, as JSON (`common.remote_access.RemoteAccess`)."""
        raise NotImplementedError
