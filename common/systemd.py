"""Services of systemd, for the daemons that start and stop some; polkit says who may (etc/polkit)."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sdbus import DbusInterfaceCommonAsync, dbus_method_async, dbus_property_async

from common.bus.connection import Connection
from common.bus.suite import Member
from common.errors import HardwareFault, NotSupported, Unavailable

SYSTEMD: Final = "org.freedesktop.systemd1"
POLL_INTERVAL_S: Final = 0.1


class ManagerInterface(DbusInterfaceCommonAsync, interface_name="org.freedesktop.systemd1.Manager"):
    """The methods of systemd that we use (org.freedesktop.systemd1(5))."""

    @dbus_method_async("s", "o")
    async def load_unit(self, name: str) -> str:
        """Return the path of a unit, loaded from its file if need be."""
        raise NotImplementedError

    @dbus_method_async("ss", "o")
    async def start_unit(self, name: str, mode: str) -> str:
        """Begin to start a unit; returns the path of the job."""
        raise NotImplementedError

    @dbus_method_async("ss", "o")
    async def stop_unit(self, name: str, mode: str) -> str:
        """Begin to stop a unit; returns the path of the job."""
        raise NotImplementedError


class UnitInterface(DbusInterfaceCommonAsync, interface_name="org.freedesktop.systemd1.Unit"):
    """What every unit has."""

    @dbus_property_async("s")
    def load_state(self) -> str:
        """Return `loaded`, `not-found`, `masked` ..."""
        raise NotImplementedError

    @dbus_property_async("s")
    def active_state(self) -> str:
        """Return what `ServiceState.active` is."""
        raise NotImplementedError

    @dbus_property_async("(uo)")
    def job(self) -> tuple[int, str]:
        """Return number and path of what is being done to it; number 0 is nothing."""
        raise NotImplementedError


class ServiceInterface(UnitInterface, interface_name="org.freedesktop.systemd1.Service"):
    """What every service has."""

    @dbus_property_async("s")
    def result(self) -> str:
        """Return what `ServiceState.result` is."""
        raise NotImplementedError


@dataclass(frozen=True)
class _At(Member):
    """An object of systemd."""

    at: str = ""

    @property
    def path(self) -> str:
        return self.at or super().path


@dataclass(frozen=True)
class ServiceState:
    """How a service is."""

    active: str
    """`active`, `activating`, `deactivating`, `reloading`, `inactive` or `failed`."""
    result: str
    """`success`, or how the last run ended: `exit-code`, `signal`, `timeout` ..."""

    @property
    def up(self) -> bool:
        """Whether it runs or is about to."""
        return self.active in ("active", "activating", "reloading")


class Services(Protocol):
    """Services that can be started, stopped and looked at."""

    async def state(self, unit: str) -> ServiceState:
        """Return how a service is; NotSupported where no systemd is there, or no such service."""
        ...

    async def start(self, unit: str) -> None:
        """Begin to start it."""
        ...

    async def stop(self, unit: str) -> None:
        """Begin to stop it."""
        ...


class SystemdServices:
    """Those of the systemd that runs the unit."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._manager = connection.proxy(ManagerInterface, _At("systemd", SYSTEMD))

    async def state(self, unit: str) -> ServiceState:
        """Return how a service is; NotSupported where no systemd is there, or no such service."""
        properties = await self._properties(unit)
        return ServiceState(properties["active_state"], properties["result"])

    async def start(self, unit: str) -> None:
        """Begin to start it."""
        await self._manager.start_unit(unit, "replace")

    async def stop(self, unit: str) -> None:
        """Begin to stop it."""
        await self._manager.stop_unit(unit, "replace")

    async def run_once(self, unit: str, within_s: float) -> None:
        """Start a service that does one thing, and return when it is done; HardwareFault when it failed."""
        await self._properties(unit)
        await self.start(unit)
        try:
            async with asyncio.timeout(within_s):
                while (properties := await self._properties(unit))["job"][0] != 0:
                    await asyncio.sleep(POLL_INTERVAL_S)
        except TimeoutError:
            raise Unavailable(f"{unit} is not done within {within_s:g} s") from None
        if properties["active_state"] == "failed":
            raise HardwareFault(f"{unit} failed ({properties['result']}): its journal says why")

    async def _properties(self, unit: str) -> dict[str, Any]:
        try:
            path = await self._manager.load_unit(unit)
        except Unavailable:
            raise NotSupported("the unit does not run under systemd") from None
        service = self._connection.proxy(ServiceInterface, _At("systemd", SYSTEMD, at=path))
        found = await service.properties_get_all_dict(on_unknown_member="ignore")
        if found["load_state"] != "loaded":
            raise NotSupported(f"{unit} is not there ({found['load_state']})")
        return found
