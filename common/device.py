"""The unit as a whole, as it travels over the bus: what `System.Device` answers as JSON."""

import msgspec


class DaemonState(msgspec.Struct, frozen=True):
    """One daemon of the suite."""

    name: str
    ready: bool


class Device(msgspec.Struct, frozen=True):
    """Who the unit is and how it is."""

    product: str
    """The full name, e.g. `AXIS C8210 Network Audio Amplifier`."""
    version: str
    serial_number: str
    """12 upper-case hex digits: the MAC address."""
    board: str
    host_name: str
    addresses: list[str]
    """IPv4 before IPv6; without loopback."""
    uptime_s: float
    boot_id: str
    needs_setup: bool
    """Whether there is no account yet."""
    realtime: bool
    """Whether the audio engine runs at real-time priority."""
    daemons: list[DaemonState]

    @property
    def ready(self) -> bool:
        """Whether every daemon is there."""
        return all(daemon.ready for daemon in self.daemons)
