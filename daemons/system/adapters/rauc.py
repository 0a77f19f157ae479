"""The two slots of a device, which RAUC looks after: its service on the bus installs and marks, as root."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sdbus import DbusInterfaceCommonAsync, dbus_method_async, dbus_property_async

from common.bus.connection import Connection
from common.bus.suite import Member
from common.errors import ApplianceError, HardwareFault, Unavailable
from common.update import Refusal
from hw.drivers import rauc_bundle
from hw.slots import Bundle, BundleRefused, Installed

log = logging.getLogger(__name__)

LOOK_INTERVAL_S = 0.5
IDLE = "idle"


class _Rauc(Member):
    """RAUC is at the root of its name."""

    @property
    def path(self) -> str:
        return "/"


RAUC = _Rauc("rauc", "de.pengutronix.rauc")


class RaucInterface(DbusInterfaceCommonAsync, interface_name="de.pengutronix.rauc.Installer"):
    """What we use of RAUC's service."""

    @dbus_method_async("sa{sv}", "")
    async def install_bundle(self, source: str, arguments: dict[str, tuple[str, Any]]) -> None:
        """Begin to install; it is over when the operation is idle again."""
        raise NotImplementedError

    @dbus_method_async("ss", "ss")
    async def mark(self, state: str, slot: str) -> tuple[str, str]:
        """Mark a slot (`booted`, `other`, a name) `good`, `bad` or `active`; returns its name and a message."""
        raise NotImplementedError

    @dbus_method_async("", "a(sa{sv})")
    async def get_slot_status(self) -> list[tuple[str, dict[str, tuple[str, Any]]]]:
        """Return each slot with what is known of it."""
        raise NotImplementedError

    @dbus_property_async("s")
    def operation(self) -> str:
        """`idle` or `installing`."""
        raise NotImplementedError

    @dbus_property_async("s")
    def last_error(self) -> str:
        """Why the last installation failed; empty when it did not."""
        raise NotImplementedError

    @dbus_property_async("(isi)")
    def progress(self) -> tuple[int, str, int]:
        """Percent, what is done, and how deep in the list of what is to be done that is."""
        raise NotImplementedError

    @dbus_property_async("s")
    def compatible(self) -> str:
        """What bundles have to be for."""
        raise NotImplementedError


class RaucSlots:
    """Slots as RAUC sees them: those of the kind of the one that runs."""

    def __init__(self, connection: Connection) -> None:
        self._bus = connection.proxy(RaucInterface, RAUC)
        self._names: dict[str, str] = {}
        """Boot loader's name -> RAUC's."""

    async def missing(self) -> str:
        """Return why nothing can be installed."""
        try:
            await self._properties()
        except ApplianceError as error:
            log.debug("RAUC: %s", error)
            return "nothing here looks after a second place for firmware: RAUC does not answer"
        try:
            await self.look()
        except HardwareFault as fault:
            return fault.message
        return ""

    async def look(self) -> Installed:
        """Return what is installed."""
        slots = await _told("look at the slots", self._bus.get_slot_status())
        status = {name: _plain(values) for name, values in slots}
        booted = [name for name, values in status.items() if values.get("state") == "booted"]
        if not booted:
            raise HardwareFault("RAUC does not know which slot runs")
        running = status[booted[0]]
        others = [
            name
            for name, values in status.items()
            if name != booted[0] and values.get("class") == running.get("class")
        ]
        if not others:
            raise HardwareFault("there is no second slot")
        other = status[others[0]]
        self._names = {
            str(running.get("bootname", "")): booted[0],
            str(other.get("bootname", "")): others[0],
        }
        # What came with the card nobody has installed: the boot loader alone knows that it can be started.
        startable = other.get("boot-status", "bad") == "good"
        return Installed(
            running=str(running.get("bootname", "")),
            running_version="",
            other=str(other.get("bootname", "")),
            other_version=str(other.get("bundle.version", "")) if startable else None,
        )

    async def compatible(self) -> str:
        """Return what RAUC is told that this is."""
        return str((await self._properties()).get("compatible", ""))

    async def check(self, bundle: Path) -> Bundle:
        """Verify a bundle's signature by RAUC's own settings."""
        return await rauc_bundle.check(bundle)

    async def install(self, bundle: Path, progress: Callable[[int], None]) -> None:
        """Have RAUC write a bundle to the other slot."""
        before = await self._installations()
        await _told("begin to install", self._bus.install_bundle(str(bundle), {}))
        while (now := await self._patient_properties())["operation"] != IDLE:
            progress(int(now["progress"][0]))
            await asyncio.sleep(LOOK_INTERVAL_S)
        if now["last_error"]:
            words = rauc_bundle.complaint(str(now["last_error"]))
            raise BundleRefused(Refusal.INVALID, f"Firmware image could not be installed: {words}.")
        # One that died while it wrote is started anew at the next question, idle and without an error.
        if await self._installations() == before:
            raise HardwareFault("the installation did not come to its end: RAUC has died")
        progress(100)

    async def settled(self) -> None:
        """Return when RAUC is idle."""
        while (await self._patient_properties())["operation"] != IDLE:
            await asyncio.sleep(LOOK_INTERVAL_S)

    async def activate(self, slot: str) -> None:
        """Have the boot loader start a slot."""
        await self.look()
        await _told(
            f"have slot {slot} started", self._bus.mark("active", self._names.get(slot, slot))
        )

    async def confirm(self) -> None:
        """Mark the running slot good."""
        await _told("confirm the running slot", self._bus.mark("good", "booted"))

    async def discard(self) -> None:
        """Mark the other slot bad."""
        await _told("give up the other slot", self._bus.mark("bad", "other"))

    async def _installations(self) -> int:
        """Return how many RAUC has brought to their end, in any slot."""
        slots = await _told("look at the slots", self._bus.get_slot_status())
        return sum(int(_plain(values).get("installed.count", 0)) for _name, values in slots)

    async def _properties(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await self._bus.properties_get_all_dict("ignore")
        return found

    async def _patient_properties(self) -> Mapping[str, Any]:
        """Ask again where RAUC, which writes to a slow card, does not answer at once."""
        for _attempt in range(10):
            try:
                return await self._properties()
            except Unavailable:
                await asyncio.sleep(LOOK_INTERVAL_S)
        raise HardwareFault("RAUC has stopped answering")


def _plain(values: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
    return {name: variant[1] for name, variant in values.items()}


async def _told(what: str, call: Any) -> Any:
    """Wait for a call; what RAUC refuses is a fault of the unit."""
    try:
        return await call
    except ApplianceError as error:
        raise HardwareFault(f"RAUC could not {what}: {error.message}") from error
