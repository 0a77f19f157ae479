"""What the mqtt daemon offers: the client of a broker, and the bridge between events and messages.

What is a `str` without a name of its own is JSON of the types in `common.mqtt`. A change is on disk when its method
returns; what cannot be is `InvalidValue` and changes nothing.
"""

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface

Publish = tuple[str, bool, str, int, bool]
"""A message: topic, whether it goes below the device's prefix, payload, QoS, whether it is retained."""


class MqttInterface(DaemonInterface, interface_name="org.c8210.Mqtt1"):
    """One client of one broker."""

    @dbus_method("", "s")
    async def client(self) -> str:
        """Return View."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def configure_client(self, config: str) -> None:
        """Take a ClientConfig in the place of the one before; an active client connects anew."""
        raise NotImplementedError

    @dbus_method("", "")
    async def activate(self) -> None:
        """Connect, and again after every start of the unit; Conflict while nothing is configured."""
        raise NotImplementedError

    @dbus_method("", "")
    async def deactivate(self) -> None:
        """Disconnect and stay so; what waits for the broker is dropped."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def publication(self) -> str:
        """Return Publication."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def configure_publication(self, publication: str) -> None:
        """Take a Publication in the place of the one before."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def subscriptions(self) -> str:
        """Return Subscriptions."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def configure_subscriptions(self, subscriptions: str) -> None:
        """Take Subscriptions in the place of those before."""
        raise NotImplementedError

    @dbus_method("a(sbsyb)", "a(ss)")
    async def publish(self, messages: list[Publish]) -> list[tuple[str, str]]:
        """Publish messages in this order; returns for each its error as (name, text), empty once it is sent or waits.

        A topic has 1 to 1,024 characters, a payload up to 8,192. With QoS 0 a message is Unavailable while there is
        no connection; with QoS 1 or 2 it waits, and is Unavailable when there is no room to wait. Conflict while the
        client is not active.
        """
        raise NotImplementedError
