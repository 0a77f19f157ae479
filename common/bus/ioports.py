"""What the ioports daemon offers: the lamps and the control button."""

from sdbus import dbus_signal_async

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class IoPortsInterface(DaemonInterface, interface_name="org.c8210.IoPorts1"):
    """The physical side of the unit."""

    @dbus_method("sd", "")
    async def raise_cause(self, cause: str, lasting_s: float) -> None:
        """Say that `cause` (a name of the LED table) holds, for `lasting_s` seconds or, with 0, until cleared."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def clear_cause(self, cause: str) -> None:
        """Say that `cause` no longer holds."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def leds(self) -> str:
        """Return each LED as JSON: its pattern, the cause shown and every cause that holds."""
        raise NotImplementedError

    @dbus_signal_async("bd")
    def button(self) -> tuple[bool, float]:
        """The control button was pressed or released: (pressed, seconds since 1970)."""
        raise NotImplementedError
