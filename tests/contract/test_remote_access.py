"""Remote access on a real bus: params, network and system as processes, before a systemd of the test's own."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from common.bus.network import NetworkInterface
from common.bus.ssh_accounts import SshAccountsInterface
from common.bus.suite import HTTP, NETWORK, PARAMS, SYSTEM
from common.errors import Conflict, InvalidValue
from common.params.client import ParamsClient
from common.params.kinds import Access
from common.remote_access import RemoteAccess, ServerState, SshAccount
from daemons.network.remote_access import FTP, SSH
from daemons.system.adapters.ssh_accounts import UNIT
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.systemd_rig import systemd
from tests.contract.unit_at_work import WorkingUnit, working_unit
from tests.files import contents


async def view(network: NetworkInterface) -> RemoteAccess:
    """Return how the servers are."""
    return msgspec.json.decode(await network.remote_access(), type=RemoteAccess)


@pytest.mark.covers("M-API-08", "M-API-09", "M-API-10", "M-API-11", part="systemd is told")
async def test_the_parameters_start_and_stop_the_servers(bus: PrivateBus) -> None:
    """At each change, and at the start of the daemon for what was changed while it was away."""
    async with bus.joined(HTTP) as http, systemd(SSH.unit, FTP.unit) as system:
        params = ParamsClient(http)
        await bus.start(PARAMS)
        daemon = await bus.start(NETWORK)
        network = http.proxy(NetworkInterface, NETWORK)

        async def write(name: str, value: str) -> None:
            await params.bus.update({name: value}, int(Access.ADMIN), "root", True)

        await write(SSH.parameter, "yes")
        await eventually(lambda: system.orders == ["start ssh.service"], "SSH is started")
        await write(FTP.parameter, "yes")
        await eventually(lambda: system.orders[1:] == ["start vsftpd.service"], "FTP is started")
        found = await view(network)
        assert (found.ssh.enabled, found.ssh.state) == (True, ServerState.RUNNING)
        daemon.stop()
        await write(SSH.parameter, "no")
        await bus.start(NETWORK)
        await eventually(lambda: system.orders[2:] == ["stop ssh.service"], "SSH is stopped")
        await write(FTP.parameter, "no")
        await eventually(lambda: system.orders[3:] == ["stop vsftpd.service"], "FTP is stopped")


async def test_without_systemd_the_setting_is_kept_and_the_state_is_told(bus: PrivateBus) -> None:
    """As under the development supervisor: no failure, and no pretence."""
    async with bus.joined(HTTP) as http:
        params = ParamsClient(http)
        await bus.start(PARAMS)
        await bus.start(NETWORK)
        network = http.proxy(NetworkInterface, NETWORK)
        await params.bus.update({SSH.parameter: "yes"}, int(Access.ADMIN), "root", True)
        async with asyncio.timeout(10):
            while not (found := await view(network)).ssh.enabled:
                await asyncio.sleep(0.02)
        assert found.ssh.state is ServerState.UNMANAGED
        assert "does not run under systemd" in found.ssh.detail


async def test_a_server_that_is_not_installed_or_not_ours_to_start_is_told(bus: PrivateBus) -> None:
    """The other one is served all the same."""
    async with bus.joined(HTTP) as http, systemd(SSH.unit, FTP.unit) as system:
        params = ParamsClient(http)
        system.services[SSH.unit].there = "not-found"
        await bus.start(PARAMS)
        await bus.start(NETWORK)
        network = http.proxy(NetworkInterface, NETWORK)
        both = {SSH.parameter: "yes", FTP.parameter: "yes"}
        await params.bus.update(both, int(Access.ADMIN), "root", True)
        await eventually(lambda: system.orders == ["start vsftpd.service"], "FTP is started")
        found = await view(network)
        assert (found.ssh.state, found.ftp.state) == (ServerState.UNMANAGED, ServerState.RUNNING)
        assert "not-found" in found.ssh.detail


def wanted(unit: WorkingUnit) -> dict[str, dict[str, Any]]:
    """Return what root's part is asked for, by name."""
    asked = json.loads((unit.bus.runtime / "system" / "ssh-accounts.json").read_text())
    return {account["name"]: account for account in asked["accounts"]}


@pytest.mark.covers("M-ACC-11", "M-ACC-12", part="kept, sealed and handed over")
async def test_accounts_last_and_are_handed_over_without_a_secret_on_disk(bus: PrivateBus) -> None:
    """Each change is in force when it is answered, and after a crash."""
    async with systemd(UNIT) as system, working_unit(bus) as unit:
        accounts = unit.http.proxy(SshAccountsInterface, SYSTEM)
        await accounts.add("judy", "first password", "Night")
        assert system.orders[-1] == f"start {UNIT}"
        first = wanted(unit)["judy"]
        assert first["hash"].startswith("$y$")
        await accounts.update("judy", {"password": "second password"})
        second = wanted(unit)["judy"]
        assert second["hash"] != first["hash"]
        assert second["uid"] == first["uid"]
        with pytest.raises(Conflict):
            await accounts.add("judy", "x", "")
        with pytest.raises(InvalidValue, match="belongs to the system"):
            await accounts.add("daemon", "x", "")
        (unit.bus.runtime / "system" / "ssh-accounts.json").unlink()
        await unit.start_system_again()
        path = unit.bus.runtime / "system" / "ssh-accounts.json"
        await eventually(path.exists, "they are handed over again")
        assert wanted(unit) == {"judy": second}
        listed = msgspec.json.decode(await accounts.accounts(), type=list[SshAccount])
        assert listed == [SshAccount("judy", "Night")]
        kept = contents(bus.state)
        for secret in ("first password", "second password", first["hash"], second["hash"]):
            assert secret.encode() not in kept
            assert secret not in unit.system.log
        await accounts.remove("judy")
        assert wanted(unit) == {}


@pytest.mark.parametrize(("level", "same"), [("restore", True), ("factory_default", False)])
async def test_a_reset_takes_all_accounts(bus: PrivateBus, level: str, same: bool) -> None:
    """The manual keeps none of them; a factory default also makes the SSH server forget who it was."""
    async with systemd(UNIT), working_unit(bus) as unit:
        accounts = unit.http.proxy(SshAccountsInterface, SYSTEM)
        await accounts.add("judy", "a password", "")
        path = unit.bus.runtime / "system" / "ssh-accounts.json"
        before = json.loads(path.read_text())["era"]
        unit.system.kill()
        async with bus.joined(SYSTEM) as as_system:
            await ParamsClient(as_system).bus.reset(level, "root")
        await unit.start_system_again()
        await eventually(lambda: wanted(unit) == {}, "no account is left")
        assert (json.loads(path.read_text())["era"] == before) == same
        assert await accounts.accounts() == "[]"


async def test_accounts_are_kept_where_nothing_can_make_them(bus: PrivateBus) -> None:
    """Root's part failed, or there is no systemd: the change is kept, and it is tried again."""
    async with working_unit(bus) as unit:
        accounts = unit.http.proxy(SshAccountsInterface, SYSTEM)
        await accounts.add("judy", "a password", "")
        async with systemd(UNIT) as system:
            system.services[UNIT].now = "failed"
            await accounts.add("joan", "a password", "")
            assert "not in force yet" in unit.system.log
            system.services[UNIT].now = "inactive"
            count = len(system.orders)
            await eventually(lambda: len(system.orders) > count, "it is tried again", 20)
        assert set(wanted(unit)) == {"judy", "joan"}
