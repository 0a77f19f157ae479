"""Restart on a device: systemd-logind reboots, and a polkit rule says that this daemon may ask."""

from sdbus import DbusInterfaceCommonAsync, dbus_method_async

from common.bus.connection import Connection
from common.bus.suite import Member
from common.errors import ApplianceError

LOGIN1 = Member("login1", "org.freedesktop.login1")


class Login1Interface(DbusInterfaceCommonAsync, interface_name="org.freedesktop.login1.Manager"):
    """The two methods of systemd-logind that we use."""

    @dbus_method_async("", "s")
    async def can_reboot(self) -> str:
        """Return `yes` where the caller may reboot."""
        raise NotImplementedError

    @dbus_method_async("b", "")
    async def reboot(self, interactive: bool) -> None:
        """Reboot the machine."""
        raise NotImplementedError


class Login1:
    """The machine itself, if this is one that is ours to reboot."""

    def __init__(self, connection: Connection) -> None:
        self._bus = connection.proxy(Login1Interface, LOGIN1)

    async def available(self) -> bool:
        """Whether logind is there and lets us."""
        try:
            return await self._bus.can_reboot() == "yes"
        except ApplianceError:
            return False

    async def restart(self) -> None:
        """Reboot."""
        await self._bus.reboot(False)
