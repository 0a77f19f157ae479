"""Whoever is logged in with an SSH account that is gone goes, too: what logind is told, on a bus of its own."""

import asyncio
from collections.abc import Iterator

import pytest
from sdbus import DbusInterfaceCommonAsync, dbus_method_async, sd_bus_open_system

from tests.contract import private_bus
from tests.contract.private_bus import PrivateBus
from units.privileged.ssh_accounts import end_sessions
from units.supervisor.programs import BUS_CONFIGURATION

LOGIN1 = "org.freedesktop.login1"
GONE = 5099
"""A uid of an account that has no record any more, as when its sessions are to end."""


class Manager(DbusInterfaceCommonAsync, interface_name=f"{LOGIN1}.Manager"):
    """As much of logind as it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[int] = []

    @dbus_method_async("u", "")
    async def terminate_user(self, uid: int) -> None:
        """End the sessions of a user."""
        self.ended.append(uid)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    """A bus on which logind may have its name."""
    ours = '<allow own_prefix="org.c8210"/>'
    wider = BUS_CONFIGURATION.replace(ours, f'{ours}<allow own="{LOGIN1}"/>')
    monkeypatch.setattr(private_bus, "BUS_CONFIGURATION", wider)
    with private_bus.private_bus() as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        yield bus


@pytest.mark.covers("M-ACC-12", part="sessions of a deleted account")
async def test_sessions_end_though_nobody_knows_the_uid_any_more(bus: PrivateBus) -> None:
    """Its records go first, so that nobody logs in meanwhile."""
    connection = sd_bus_open_system()
    try:
        manager = Manager()
        manager.export_to_dbus("/org/freedesktop/login1", connection)
        await connection.request_name_async(LOGIN1, 0)
        await asyncio.to_thread(end_sessions, [GONE])
        assert manager.ended == [GONE]
    finally:
        connection.close()
