"""A systemd on a private bus that does what it is told, or refuses: what daemons start and stop through it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sdbus import (
    dbus_method_async_override,
    dbus_property_async_override,
    sd_bus_open_system,
)
from sdbus.exceptions import DbusAccessDeniedError

from common.systemd import SYSTEMD, ManagerInterface, ServiceInterface

ROOT = "/org/freedesktop/systemd1"


class Service(ServiceInterface):
    """One service as it is now."""

    def __init__(self) -> None:
        super().__init__()
        self.now = "inactive"
        self.ended = "success"
        self.busy = 0
        self.there = "loaded"

    @dbus_property_async_override()
    def load_state(self) -> str:
        """Return whether it is there."""
        return self.there

    @dbus_property_async_override()
    def active_state(self) -> str:
        """Return how it is."""
        return self.now

    @dbus_property_async_override()
    def job(self) -> tuple[int, str]:
        """Return what is being done to it."""
        return self.busy, "/"

    @dbus_property_async_override()
    def result(self) -> str:
        """Return how it ended."""
        return self.ended


class Manager(ManagerInterface):
    """Starts and stops at once."""

    def __init__(self, services: dict[str, Service], orders: list[str]) -> None:
        super().__init__()
        self._services = services
        self._orders = orders
        self.refuses = False
        self.on_start: Callable[[str], None] = lambda _unit: None

    @dbus_method_async_override()
    async def load_unit(self, name: str) -> str:
        """Return the path of a unit."""
        return path_of(name)

    @dbus_method_async_override()
    async def start_unit(self, name: str, mode: str) -> str:
        """Start it."""
        self._order("start", name, mode)
        self.on_start(name)
        if not name.startswith("c8210-"):
            self._services[name].now = "active"
        return "/job/1"

    @dbus_method_async_override()
    async def stop_unit(self, name: str, mode: str) -> str:
        """Stop it."""
        self._order("stop", name, mode)
        self._services[name].now = "inactive"
        return "/job/2"

    def _order(self, verb: str, name: str, mode: str) -> None:
        if self.refuses:
            raise DbusAccessDeniedError("polkit says no")
        assert mode == "replace"
        self._orders.append(f"{verb} {name}")


def path_of(unit: str) -> str:
    """Return the object path of a unit, as systemd escapes it."""
    escaped = "".join(one if one.isalnum() else f"_{ord(one):02x}" for one in unit)
    return f"{ROOT}/unit/{escaped}"


@dataclass
class Systemd:
    """What there is of it."""

    services: dict[str, Service]
    manager: Manager
    orders: list[str]


@asynccontextmanager
async def systemd(*units: str) -> AsyncIterator[Systemd]:
    """Be systemd on the bus that this process is pointed to, with these services."""
    bus = sd_bus_open_system()
    orders: list[str] = []
    services = {unit: Service() for unit in units}
    manager = Manager(services, orders)
    manager.export_to_dbus(ROOT, bus)
    for unit, service in services.items():
        service.export_to_dbus(path_of(unit), bus)
    await bus.request_name_async(SYSTEMD, 0)
    try:
        yield Systemd(services, manager, orders)
    finally:
        bus.close()
