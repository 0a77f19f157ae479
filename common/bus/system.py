"""What the system daemon offers: identity, accounts, restart and reset, readiness, locate."""

from collections.abc import Mapping
from typing import ClassVar

from sdbus import dbus_signal_async

from common.bus.contract import dbus_method
from common.bus.daemon import DaemonInterface


class SystemInterface(DaemonInterface, interface_name="org.c8210.System1"):
    """The unit as a whole."""

    call_timeouts_s: ClassVar[Mapping[str, float]] = {"Ready": 310.0}

    @dbus_method("", "s")
    async def device(self) -> str:
        """Return identity and state as JSON (`common.device.Device`)."""
        raise NotImplementedError

    @dbus_method("d", "b")
    async def ready(self, timeout_s: float) -> bool:
        """Wait up to `timeout_s` until every daemon is on the bus; returns whether it is so."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def accounts(self) -> str:
        """Return the accounts as JSON, without anything secret (`common.accounts.Account`)."""
        raise NotImplementedError

    @dbus_method("sssss", "")
    async def add_account(
        self, name: str, password: str, role: str, group: str, comment: str
    ) -> None:
        """Add an account; `role` is viewer, operator or admin. Conflict when the name is taken."""
        raise NotImplementedError

    @dbus_method("ss", "")
    async def add_first_account(self, name: str, password: str) -> None:
        """Make the first administrator; Conflict when there is any account already."""
        raise NotImplementedError

    @dbus_method("sa{ss}", "")
    async def update_account(self, name: str, changes: dict[str, str]) -> None:
        """Change `password`, `role`, `group` or `comment` of an account."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def remove_account(self, name: str) -> None:
        """Delete an account; root and the last administrator stay."""
        raise NotImplementedError

    @dbus_method("", "s")
    async def verifiers(self) -> str:
        """Return what the HTTP edge needs to check passwords, as JSON (`common.accounts.Verifiers`)."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def restart(self, who: str) -> None:
        """Restart the unit; returns first."""
        raise NotImplementedError

    @dbus_method("ss", "")
    async def reset(self, level: str, who: str) -> None:
        """Restore (`restore`) or factory default (`factory_default`), then restart; returns before that."""
        raise NotImplementedError

    @dbus_method("d", "")
    async def locate(self, duration_s: float) -> None:
        """Make the unit seen and heard for `duration_s`; 0 stops. Conflict when it is being located already."""
        raise NotImplementedError

    @dbus_signal_async("")
    def verifiers_changed(self) -> None:
        """The accounts changed: ask for the verifiers again."""
        raise NotImplementedError
