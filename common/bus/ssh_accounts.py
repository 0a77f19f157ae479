"""What the system daemon offers of SSH accounts: who may log in for maintenance, over SSH and FTP."""

from collections.abc import Mapping
from typing import ClassVar

from sdbus import DbusInterfaceCommonAsync

from common.bus.contract import dbus_method

_HASHED_AND_MADE_S = 30.0


class SshAccountsInterface(DbusInterfaceCommonAsync, interface_name="org.c8210.SshAccounts1"):
    """The SSH accounts of the unit."""

    call_timeouts_s: ClassVar[Mapping[str, float]] = {
        "Add": _HASHED_AND_MADE_S,
        "Update": _HASHED_AND_MADE_S,
        "Remove": _HASHED_AND_MADE_S,
    }

    @dbus_method("", "s")
    async def accounts(self) -> str:
        """Return the accounts by name as JSON, without anything secret (`common.remote_access.SshAccount`)."""
        raise NotImplementedError

    @dbus_method("sss", "")
    async def add(self, username: str, password: str, comment: str) -> None:
        """Add an account, which can log in when this returns; Conflict when the name is taken."""
        raise NotImplementedError

    @dbus_method("sa{ss}", "")
    async def update(self, username: str, changes: dict[str, str]) -> None:
        """Change `password` or `comment` of an account; NotFound when there is none."""
        raise NotImplementedError

    @dbus_method("s", "")
    async def remove(self, username: str) -> None:
        """Delete an account with its home folder; its sessions end. root cannot be deleted."""
        raise NotImplementedError
