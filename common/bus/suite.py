"""The suite's table of contents: every daemon, its bus name, and the interface it offers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """One daemon of the suite."""

    name: str
    """Folder under daemons/ (or hw/), unit `c8210-<name>.service`."""
    bus_name: str
    simulated_only: bool = False

    @property
    def path(self) -> str:
        """The object path at which its interface is exported."""
        return "/" + self.bus_name.replace(".", "/")


def _member(name: str, label: str, *, simulated_only: bool = False) -> Member:
    return Member(name, f"org.c8210.{label}", simulated_only)


PARAMS = _member("params", "Params")
AUDIO = _member("audio", "Audio")
EVENTS = _member("events", "Events")
IOPORTS = _member("ioports", "IoPorts")
SYSTEM = _member("system", "System")
HTTP = _member("http", "Http")
MQTT = _member("mqtt", "Mqtt")
NETWORK = _member("network", "Network")
SIP = _member("sip", "Sip")
SIM = _member("sim", "Sim", simulated_only=True)

SUITE: tuple[Member, ...] = (PARAMS, AUDIO, EVENTS, IOPORTS, SYSTEM, HTTP, MQTT, NETWORK, SIP, SIM)
DAEMONS: tuple[Member, ...] = tuple(member for member in SUITE if not member.simulated_only)

BY_BUS_NAME = {member.bus_name: member for member in SUITE}
