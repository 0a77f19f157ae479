"""The system daemon on a real bus, beside the real params daemon: identity, accounts, keys."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from common.accounts import MAXIMUM_ACCOUNTS, Account, Role, Verifiers
from common.bus.suite import EVENTS, SYSTEM
from common.bus.system import SystemInterface
from common.device import Device
from common.errors import ApplianceError, Conflict, InvalidValue, NotPermitted, Unavailable
from common.params.client import ParamsClient
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import SERIAL_NUMBER, WorkingUnit, listening, working_unit
from tests.files import contents


async def accounts(unit: WorkingUnit) -> list[Account]:
    """Return the accounts as the edge gets them."""
    return msgspec.json.decode(await unit.as_http.accounts(), type=list[Account])


async def verifiers(unit: WorkingUnit) -> Verifiers:
    """Return what the edge checks passwords against."""
    return msgspec.json.decode(await unit.as_http.verifiers(), type=Verifiers)


@pytest.mark.covers("M-STA-01", "M-STA-05", part="version and serial number")
async def test_the_unit_says_who_it_is(bus: PrivateBus) -> None:
    """Identity from the nameplate, version and product from the parameters, how it is from its parts."""
    async with working_unit(bus) as unit, listening(bus):
        await eventually(lambda: unit.http.present(SYSTEM), "the system daemon on the bus")
        device = msgspec.json.decode(await unit.as_http.device(), type=Device)
        assert device.serial_number == SERIAL_NUMBER
        assert device.host_name == f"axis-{SERIAL_NUMBER.lower()}"
        assert device.product == "AXIS C8210 Network Audio Amplifier"
        assert device.version.startswith("12.9.")
        assert device.board == "simulated"
        assert device.boot_id == bus.environment["C8210_BOOT_ID"]
        assert not any(address.startswith("127.") for address in device.addresses)
        assert device.needs_setup
        assert not device.ready
        there = {daemon.name: daemon.ready for daemon in device.daemons}
        assert (there["params"], there["system"], there["http"]) == (True, True, True)
        assert (there["events"], there["ioports"]) == (False, False)


@pytest.mark.covers("M-STA-04", part="serial number and address")
async def test_the_facts_about_the_unit_are_parameters(bus: PrivateBus) -> None:
    """As clients read them by param.cgi."""
    async with working_unit(bus) as unit:
        params = ParamsClient(unit.http)
        device = msgspec.json.decode(await unit.as_http.device(), type=Device)
        values = await params.values(["Network.eth0", "Properties.System", "System.RootPwdSet"])
        assert values["Properties.System.SerialNumber"] == SERIAL_NUMBER
        assert values["Network.eth0.MACAddress"].replace(":", "") == SERIAL_NUMBER
        assert values["Network.eth0.IPAddress"] in (*device.addresses, "")
        assert values["System.RootPwdSet"] == "no"
        await unit.as_http.add_first_account("root", "pass")
        async with asyncio.timeout(5):
            while (await params.values(["System.RootPwdSet"]))["System.RootPwdSet"] != "yes":
                await asyncio.sleep(0.01)


async def test_uptime_goes_on_over_a_crash_of_the_daemon(bus: PrivateBus) -> None:
    """It is the unit's, not the process's; another start of the suite begins anew."""
    async with working_unit(bus) as unit:
        before = msgspec.json.decode(await unit.as_http.device(), type=Device)
        await unit.start_system_again()
        after = msgspec.json.decode(await unit.as_http.device(), type=Device)
        assert after.boot_id == before.boot_id
        assert after.uptime_s > before.uptime_s
        await unit.start_system_again(C8210_BOOT_ID="another")
        anew = msgspec.json.decode(await unit.as_http.device(), type=Device)
        assert anew.boot_id == "another"
        assert anew.uptime_s < after.uptime_s


@pytest.mark.covers("M-GET-08", part="one transaction")
async def test_after_a_crash_the_second_first_administrator_is_refused(bus: PrivateBus) -> None:
    """The first one was on disk before it was answered."""
    async with working_unit(bus) as unit:
        await unit.as_http.add_first_account("root", "pass")
        await unit.start_system_again()
        with pytest.raises(Conflict):
            await unit.as_http.add_first_account("mallory", "pass")
        assert await accounts(unit) == [Account("root", Role.ADMIN, "root", ptz=True)]


@pytest.mark.parametrize("delay_s", [0.0, 0.005, 0.01, 0.02, 0.03, 0.05])
async def test_a_crash_in_the_middle_leaves_one_first_administrator(
    bus: PrivateBus, delay_s: float
) -> None:
    """Whatever moment the process dies: the account is there whole or not at all, and one only."""
    async with working_unit(bus) as unit:
        async with asyncio.TaskGroup() as tasks:
            first = _outcome(lambda: unit.as_http.add_first_account("root", "pass"))
            answered = tasks.create_task(first, name="first call")
            await asyncio.sleep(delay_s)  # the moment is what is varied here
            await unit.start_system_again()
        left = await accounts(unit)
        assert left in ([], [Account("root", Role.ADMIN, "root", ptz=True)])
        assert left or answered.result() is not None, "acknowledged, and lost"
        if left:
            with pytest.raises(Conflict):
                await unit.as_http.add_first_account("mallory", "pass")
        else:
            await unit.as_http.add_first_account("joe", "pass")
        assert len(await accounts(unit)) == 1
        assert len((await verifiers(unit)).accounts) == 1


async def _outcome(call: Callable[[], Awaitable[object]]) -> ApplianceError | None:
    try:
        await call()
    except ApplianceError as error:
        return error
    return None


async def test_of_many_first_callers_one_wins(bus: PrivateBus) -> None:
    """All at once."""
    async with working_unit(bus) as unit:
        calls = [unit.as_http.add_first_account(f"user{n}", "pass") for n in range(8)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(1 for each in outcomes if each is None) == 1
        assert sum(1 for each in outcomes if isinstance(each, Conflict)) == 7
        assert len(await accounts(unit)) == 1


@pytest.mark.covers("M-ACC-01")
async def test_the_101st_account_is_refused_and_the_others_last(bus: PrivateBus) -> None:
    """On disk too."""
    async with working_unit(bus) as unit:
        await unit.as_http.add_first_account("root", "pass")
        for number in range(1, MAXIMUM_ACCOUNTS):
            await unit.as_http.add_account(f"user{number}", "p", "viewer", "users", "")
        with pytest.raises(Conflict, match="100"):
            await unit.as_http.add_account("straw", "p", "viewer", "users", "")
        before = await verifiers(unit)
        await unit.start_system_again()
        assert await verifiers(unit) == before
        assert len(before.accounts) == MAXIMUM_ACCOUNTS


@pytest.mark.covers("M-ACC-07", part="update and delete")
async def test_what_is_changed_is_told_and_lasts(bus: PrivateBus) -> None:
    """The edge hears of each change, and a new process knows them all."""
    async with working_unit(bus) as unit:
        told: list[None] = []
        await unit.http.subscribe(
            SystemInterface.verifiers_changed, SYSTEM, lambda *_: told.append(None)
        )
        await unit.as_http.add_first_account("root", "pass")
        await unit.as_http.add_account("joe", "pass", "operator", "users", "the porter")
        await unit.as_http.add_account("ellen", "pass", "viewer", "users", "")
        await unit.as_http.update_account("joe", {"role": "viewer", "password": "new"})
        await unit.as_http.remove_account("ellen")
        await eventually(lambda: len(told) >= 5, "five changes told")
        before = (await accounts(unit), await verifiers(unit))
        await unit.start_system_again()
        assert (await accounts(unit), await verifiers(unit)) == before
        assert before[0][1] == Account("joe", Role.VIEWER, "users", comment="the porter")


async def test_a_restart_of_the_daemon_keeps_the_keys(bus: PrivateBus) -> None:
    """Nobody is logged out; nobody else can read them."""
    async with working_unit(bus) as unit:
        before = await verifiers(unit)
        assert len(bytes.fromhex(before.session_key)) == 32
        assert before.session_key != before.nonce_key
        assert before.realm == f"AXIS_{SERIAL_NUMBER}"
        await unit.start_system_again()
        assert await verifiers(unit) == before
        for name in ("session.key", "nonce.key"):
            assert (bus.state / "system" / name).stat().st_mode & 0o777 == 0o600


async def test_a_damaged_key_is_made_anew(bus: PrivateBus) -> None:
    """Half a key is no key."""
    async with working_unit(bus) as unit:
        before = await verifiers(unit)
        (bus.state / "system" / "session.key").write_bytes(b"half")
        await unit.start_system_again()
        after = await verifiers(unit)
        assert len(bytes.fromhex(after.session_key)) == 32
        assert after.session_key != before.session_key
        assert after.nonce_key == before.nonce_key


async def test_no_password_gets_into_the_log_or_the_files(bus: PrivateBus) -> None:
    """Nor into an error's text."""
    secret = "correct horse battery staple"
    async with working_unit(bus) as unit:
        await unit.as_http.add_first_account("root", secret)
        await unit.as_http.add_account("joe", secret, "viewer", "users", "")
        for attempt in (
            unit.as_http.add_account("joe", secret, "viewer", "users", ""),
            unit.as_http.add_account("eve", secret + "\n", "viewer", "users", ""),
        ):
            with pytest.raises((Conflict, InvalidValue)) as refusal:
                await attempt
            assert secret not in refusal.value.message
        assert secret not in unit.system.log + unit.params.log
        ha1 = (await verifiers(unit)).accounts[0].ha1_md5
        for path, content in contents(bus.state).items():
            assert secret.encode() not in content, path
            assert ha1.encode() not in content, path


async def test_only_the_edge_may_ask(bus: PrivateBus) -> None:
    """Another daemon of the suite gets neither verifiers nor accounts nor a restart."""
    async with working_unit(bus), bus.joined(EVENTS) as stranger:
        system = stranger.proxy(SystemInterface, SYSTEM)
        for attempt in (
            system.verifiers(),
            system.accounts(),
            system.add_first_account("mallory", "pass"),
            system.restart("mallory"),
            system.reset("factory_default", "mallory"),
        ):
            with pytest.raises(NotPermitted):
                await attempt


async def test_while_params_is_away_logins_go_on_and_changes_are_refused(bus: PrivateBus) -> None:
    """And all is well again when it is back."""
    async with working_unit(bus) as unit:
        await unit.as_http.add_first_account("root", "pass")
        before = await verifiers(unit)
        unit.params.kill()
        with pytest.raises(Unavailable):
            await unit.as_http.add_account("joe", "pass", "viewer", "users", "")
        assert await verifiers(unit) == before
        unit.params = await bus.start(unit.params.member)
        await unit.as_http.add_account("joe", "pass", "viewer", "users", "")
        assert len(await accounts(unit)) == 2


async def test_the_daemon_outlives_the_broker(bus: PrivateBus) -> None:
    """The same process answers on the next one."""
    async with working_unit(bus) as unit:
        await unit.as_http.add_first_account("root", "pass")
        bus.stop_broker()
        bus.start_broker()
        async with asyncio.timeout(15):
            while await _outcome(lambda: unit.as_http.accounts()) is not None:
                await asyncio.sleep(0.05)
        found = await accounts(unit)
        assert [account.name for account in found] == ["root"]
        assert unit.system.process.poll() is None


async def test_the_daemon_stops_when_told_also_before_it_is_ready(bus: PrivateBus) -> None:
    """Without params it waits, but not for a kill."""
    waiting = bus.spawn(SYSTEM)
    async with bus.joined(EVENTS) as other:
        await eventually(lambda: other.present(SYSTEM), "the daemon on the bus")
    assert waiting.stop() == 0


async def test_heavy_libraries_stay_out_of_the_daemon(bus: PrivateBus) -> None:
    """Crypto works in a process of its own, hashing comes with the first password."""
    async with working_unit(bus) as unit:
        maps = Path(f"/proc/{unit.system.process.pid}/maps")
        loaded = await asyncio.to_thread(maps.read_text)
        for library in ("cryptography", "numpy", "argon2"):
            assert library not in loaded, library
