"""What the simulated world offers to the simulated drivers: lamps to light, a button to feel, terminals to sense."""

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

    @dbus_method("", "b")
    async def link_up(self) -> bool:
        """Whether the network cable is plugged in."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def identity(self) -> str:
        """Return what is printed on the unit, as JSON: serial_number (12 hex digits)."""
        raise NotImplementedError

    @dbus_method("ss", "")
    async def select_input(self, type_: str, power: str) -> None:
        """Switch the jack of the audio input to a type (`mic`, `line`) and a power (`none`, `electret`)."""
        raise NotImplementedError

    @dbus_method("", "ab")
    async def terminals(self) -> list[bool]:
        """Return whether each I/O terminal reads closed, the first one first."""
        raise NotImplementedError

    @dbus_method("us", "")
    async def drive_terminal(self, port: int, output: str) -> None:
        """Make a terminal (counted from 0) an output that is `closed` to ground or `floating`, or an `input`.

        It is an input again as soon as the caller leaves the bus.
        """
        raise NotImplementedError

    @dbus_method("", "ad")
    async def terminal_voltages(self) -> list[float]:
        """Return what a meter shows at each terminal, in V to ground."""
        raise NotImplementedError

    @dbus_signal_async("ubt")
    def terminal(self) -> tuple[int, bool, int]:
        """A terminal's level changed: (counted from 0, whether it reads closed, CLOCK_MONOTONIC in ns)."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def amplifier_protection(self) -> str:
        """Return what the amplifier's protection does: `ok`, `overcurrent` or `overtemperature`."""
        raise NotImplementedError

    @dbus_method("d", "s")
    async def sense_amplifier(self, window_s: float) -> str:
        """Return what was at the amplifier's terminals in the last `window_s`, as JSON, all RMS.

        voltage_v and current_a of all there is; bands (thirds of an octave), each with hz, voltage_v, current_a.
        """
        raise NotImplementedError

    @dbus_method("", "")
    async def reset_amplifier(self) -> None:
        """Have the amplifier try again after its protection has tripped."""
        raise NotImplementedError

    @dbus_signal_async("s")
    def protection(self) -> str:
        """The amplifier's protection has tripped or was reset; the content is that of `amplifier_protection`."""
        raise NotImplementedError

    @dbus_signal_async("b")
    def link(self) -> bool:
        """The network cable was plugged in or pulled."""
        raise NotImplementedError

    @dbus_signal_async("b")
    def button(self) -> bool:
        """The control button went down or up."""
        raise NotImplementedError
