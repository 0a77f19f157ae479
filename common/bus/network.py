"""What the network daemon offers: so far the events of the network, which it tells as every daemon does."""

from common.bus.daemon import DaemonInterface


class NetworkInterface(DaemonInterface, interface_name="org.c8210.Network1"):
    """The unit's network."""
