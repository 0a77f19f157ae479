"""What the ioports daemon offers: the I/O ports, the virtual inputs, the lamps and the control button."""

import msgspec
from sdbus import dbus_signal_async

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class PortView(msgspec.Struct, frozen=True, kw_only=True):
    """An I/O port as it is now."""

    port: int
    """Counted from 0, as `IOPort.I#` and the event topics do."""
    configurable: bool
    direction: str
    """`input` or `output`."""
    usage: str
    name: str
    normal_state: str
    """`open` or `closed`."""
    state: str
    """`open` or `closed`: the circuit, debounced; of an output, as it is driven."""
    active: bool
    """Whether the state is not the normal one."""
    supervisable: bool
    supervised: bool
    supervised_state: str
    """`short`, `close`, `open` or `cut` (names of supervisedio.cgi); empty where it is not supervised."""
    level_mv: int | None
    """What is measured at the terminal, to ground; None where nothing can be measured."""
    sequence: bool
    """Whether a sequence of states runs."""


class PortChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be changed of a port; what is left out stays."""

    port: int
    usage: str | None = None
    direction: str | None = None
    name: str | None = None
    normal_state: str | None = None
    state: str | None = None


class PortChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a `PortChange`: each refused property with its reason, the others are in force and on disk."""

    port: int
    changed: bool
    refused: dict[str, str] = {}


class SupervisedRange(msgspec.Struct, frozen=True):
    """Which levels mean a state of a supervised loop, in mV at the terminal, both limits included."""

    state: str
    """`short`, `close`, `open` or `cut`."""
    lower_mv: int
    upper_mv: int


class IoPortsInterface(DaemonInterface, interface_name="org.c8210.IoPorts1"):
    """The physical side of the unit."""

    @dbus_method("", "s")
    async def ports(self) -> str:
        """Return every I/O port as JSON: a list of `PortView`; empty on a board without terminals."""
        raise NotImplementedError

    @dbus_method("ss", "s")
    async def set_ports(self, changes: str, who: str) -> str:
        """Apply a JSON list of `PortChange` on behalf of `who`; returns a JSON list of `PortChanged`, in their order.

        Settings are on disk when this returns; a change of settings returns the port to its normal state (M-IO-08),
        then an explicit `state` of the same change is applied. NotFound for a port that is not there: nothing is
        changed then.
        """
        raise NotImplementedError

    @dbus_method("ua(su)", "")
    async def run_sequence(self, port: int, steps: list[tuple[str, int]]) -> None:
        """Take an output through states, each (`active`, `inactive`, `open` or `closed`; ms to hold it, up to 65535).

        Returns when the first is in force; the last stays. Conflict while a sequence runs; InvalidValue for an input.
        """
        raise NotImplementedError

    @dbus_method("ua(su)", "")
    async def pretend_input(self, port: int, steps: list[tuple[str, int]]) -> None:
        """Have an input count as active by steps (`active` or `inactive`; ms to hold it), whatever its circuit is.

        Its events and `active` follow, its `state` does not; what is really active stays so. The last step stays, and
        a newer sequence replaces it. InvalidValue for an output.
        """
        raise NotImplementedError

    @dbus_method("u", "s")
    async def supervised_ranges(self, port: int) -> str:
        """Return which levels mean what at a supervisable port, as JSON: a list of `SupervisedRange`."""
        raise NotImplementedError

    @dbus_method("ubss", "")
    async def set_supervised(self, port: int, supervised: bool, ranges: str, who: str) -> None:
        """Supervise an input or no longer, by a JSON list of `SupervisedRange`; an empty string keeps those there are.

        InvalidValue for ranges that overlap or miss a state; NotSupported where the board measures no voltage.
        """
        raise NotImplementedError

    @dbus_method("", "ab")
    async def virtual_inputs(self) -> list[bool]:
        """Return which virtual inputs are active, the first one first (its number is 1)."""
        raise NotImplementedError

    @dbus_method("ubd", "b")
    async def set_virtual_input(self, number: int, active: bool, duration_s: float) -> bool:
        """Activate or deactivate a virtual input (1 to 64); returns whether that changed anything.

        An activation ends after `duration_s`, at once with 0 (a pulse), and stays with a negative one; a new duration
        of one that is active starts its time anew. NotFound for another number.
        """
        raise NotImplementedError

    @dbus_method("a(su)", "")
    async def run_manual_trigger(self, steps: list[tuple[str, int]]) -> None:
        """Take the manual trigger through (`active` or `inactive`, ms to hold it); a newer sequence replaces it."""
        raise NotImplementedError

    @dbus_method("sd", "")
    async def raise_cause(self, cause: str, lasting_s: float) -> None:
        """Say that `cause` (a name of the LED table) holds, for `lasting_s` seconds or, with 0, until cleared.

        It holds as long as any daemon says so. What the caller said ends 10 s after it has left the bus: whoever
        comes back tells its causes again, as `common.lamps.Lamps` does.
        """
        raise NotImplementedError

    @dbus_method("s", "")
    async def clear_cause(self, cause: str) -> None:
        """Say that `cause` no longer holds, as far as the caller knows; what held from the start on ends for all."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def leds(self) -> str:
        """Return each LED as JSON: its pattern, the cause shown and every cause that holds."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def front_panel(self) -> str:
        """Return as JSON what LEDs and control button mean: `led_table` and `gestures`.

        led_table: each led, cause, pattern and meaning, the more urgent first. gestures: each gesture, how, hold_s,
        at_power_up, meaning and show. Each is empty where the board lacks the part.
        """
        raise NotImplementedError

    @dbus_signal_async("d")
    def cloud_connect_pressed(self) -> float:
        """Somebody asks for a connection to the cloud service by the control button, at that second since 1970.

        Whoever connects raises the cause `cloud_connecting` within 3 s, for as long as it tries.
        """
        raise NotImplementedError

    @dbus_signal_async("bd")
    def button(self) -> tuple[bool, float]:
        """The control button was pressed or released: (pressed, seconds since 1970)."""
        raise NotImplementedError
