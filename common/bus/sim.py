"""What the simulated world offers to the simulated drivers: lamps to light, a button to feel."""

from sdbus import dbus_signal_async

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class SimInterface(DaemonInterface, interface_name="org.c8210.Sim1"):
    """The outside of a simulated unit."""

    @dbus_method("sa(su)", "")
    async def set_led(self, led: str, pattern: list[tuple[str, int]]) -> None:
        """Light `led` (`status`, `speaker`) by a repeated pattern of (colour, ms); 0 ms means steady."""
        raise NotImplementedError

    @dbus_method("", "b")
    async def button_pressed(self) -> bool:
        """Whether somebody holds the control button down."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def identity(self) -> str:
        """Return what is printed on the unit, as JSON: serial_number (12 hex digits)."""
        raise NotImplementedError

    @dbus_signal_async("b")
    def button(self) -> bool:
        """The control button went down or up."""
        raise NotImplementedError
