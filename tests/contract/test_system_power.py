"""Restart, restore and factory default on a real bus, with a supervisor that only listens."""

import msgspec
import pytest
from cryptography import x509

from common.accounts import Verifiers
from common.bus.suite import IOPORTS, SYSTEM
from common.errors import Conflict, InvalidValue, NotSupported
from common.params.client import ParamsClient
from common.params.kinds import Access
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import CommandSocket, WorkingUnit, working_unit

AMBER_FLASHING = [("amber", 500), ("off", 500)]


def certificate(bus: PrivateBus) -> x509.Certificate:
    """Return the web server's certificate."""
    folder = bus.state / "system" / "tls" / "nginx"
    return x509.load_pem_x509_certificate((folder / "certificate.pem").read_bytes())


async def verifiers(unit: WorkingUnit) -> Verifiers:
    """Return what the edge checks passwords against."""
    return msgspec.json.decode(await unit.as_http.verifiers(), type=Verifiers)


async def change_a_setting(unit: WorkingUnit) -> None:
    """Give a parameter another value than its default."""
    params = ParamsClient(unit.http)
    _, refused = await params.bus.update(
        {"StatusLed.FlashInterval": "9"}, int(Access.ADMIN), "test", True
    )
    assert not refused


async def setting(unit: WorkingUnit) -> str:
    """Return the parameter that `change_a_setting` changes."""
    return (await ParamsClient(unit.http).values(["StatusLed"]))["StatusLed.FlashInterval"]


@pytest.mark.covers("M-MNT-01", "M-API-01", part="system")
async def test_a_restart_reaches_the_supervisor_and_touches_nothing(bus: PrivateBus) -> None:
    """Settings and accounts stay."""
    with CommandSocket(bus) as supervisor:
        async with working_unit(bus, C8210_SUPERVISOR=supervisor.path) as unit:
            await unit.as_http.add_first_account("root", "pass")
            await change_a_setting(unit)
            before = await verifiers(unit)
            await unit.as_http.restart("root")
            with pytest.raises(Conflict):
                await unit.as_http.restart("root")
            assert await supervisor.command() == "restart"
            await unit.start_system_again()
            assert await verifiers(unit) == before
            assert await setting(unit) == "9"


async def test_without_anything_that_can_restart_the_unit_says_so(bus: PrivateBus) -> None:
    """And clears nothing."""
    async with working_unit(bus) as unit:
        await unit.as_http.add_first_account("root", "pass")
        for attempt in (
            unit.as_http.restart("root"),
            unit.as_http.reset("restore", "root"),
            unit.as_http.reset("factory_default", "root"),
        ):
            with pytest.raises(NotSupported):
                await attempt
        assert len((await verifiers(unit)).accounts) == 1


@pytest.mark.covers("M-MNT-02", "M-API-02", "M-GET-09", part="accounts, keys and certificate")
async def test_a_restore_ends_accounts_and_sessions_and_keeps_the_certificate(
    bus: PrivateBus,
) -> None:
    """Whoever trusts the unit at its address, which stays, trusts it still."""
    with CommandSocket(bus) as supervisor:
        async with working_unit(bus, C8210_SUPERVISOR=supervisor.path) as unit:
            await unit.as_http.add_first_account("root", "pass")
            await change_a_setting(unit)
            before, trusted = await verifiers(unit), certificate(bus)
            await unit.as_http.reset("restore", "root")
            with pytest.raises(Conflict, match="restarting"):
                await unit.as_http.add_first_account("mallory", "pass")
            assert await supervisor.command() == "restart"
            await unit.start_system_again()
            after = await verifiers(unit)
            assert after.accounts == []
            assert after.session_key != before.session_key
            assert after.nonce_key != before.nonce_key
            assert after.realm == before.realm
            assert certificate(bus) == trusted
            assert await setting(unit) == "4"
            await unit.as_http.add_first_account("root", "new")


@pytest.mark.covers("M-MNT-04", "M-API-03", part="accounts, keys and certificate")
async def test_a_factory_default_makes_a_new_certificate_for_a_new_key(bus: PrivateBus) -> None:
    """The manual: all certificates are deleted. Who the unit is stays."""
    with CommandSocket(bus) as supervisor:
        async with working_unit(bus, C8210_SUPERVISOR=supervisor.path) as unit:
            await unit.as_http.add_first_account("root", "pass")
            before, trusted = await verifiers(unit), certificate(bus)
            await unit.as_http.reset("factory_default", "root")
            assert await supervisor.command() == "restart"
            await unit.start_system_again()
            after = await verifiers(unit)
            assert after.accounts == []
            assert after.session_key != before.session_key
            assert after.realm == before.realm
            assert certificate(bus).public_key() != trusted.public_key()


@pytest.mark.parametrize("level", ["", "hard", "../restore"])
async def test_an_unknown_level_of_reset_is_refused(bus: PrivateBus, level: str) -> None:
    """Nothing is cleared by a guess."""
    with CommandSocket(bus) as supervisor:
        async with working_unit(bus, C8210_SUPERVISOR=supervisor.path) as unit:
            await unit.as_http.add_first_account("root", "pass")
            with pytest.raises(InvalidValue):
                await unit.as_http.reset(level, "root")
            assert len((await verifiers(unit)).accounts) == 1
            assert supervisor.quiet()


@pytest.mark.covers("M-LED-03", part="reset")
async def test_the_status_led_flashes_amber_during_a_reset(bus: PrivateBus) -> None:
    """Until the unit is gone."""
    with CommandSocket(bus) as supervisor:
        async with working_unit(bus, C8210_SUPERVISOR=supervisor.path) as unit:
            await bus.start(IOPORTS)
            await unit.as_http.reset("restore", "root")
            await eventually(lambda: unit.world.lamps["status"].pattern == AMBER_FLASHING, "amber")


@pytest.mark.parametrize("level", ["restore", "factory_default"])
async def test_a_reset_that_a_crash_cut_in_two_is_finished_at_the_next_start(
    bus: PrivateBus, level: str
) -> None:
    """The parameters were cleared, then the system daemon died: its own part is still done, once."""
    async with working_unit(bus) as unit:
        before, trusted = await verifiers(unit), certificate(bus)
        unit.system.kill()
        async with bus.joined(SYSTEM) as dying:
            await ParamsClient(dying).bus.reset(level, "root")
        unit.system = await bus.start(SYSTEM)
        after = await verifiers(unit)
        assert after.session_key != before.session_key
        same_key = certificate(bus).public_key() == trusted.public_key()
        assert same_key == (level == "restore")
        await unit.start_system_again()
        assert await verifiers(unit) == after


async def test_of_several_missed_resets_the_thorough_one_is_assumed(bus: PrivateBus) -> None:
    """Only the level of the last one is known."""
    async with working_unit(bus) as unit:
        trusted = certificate(bus)
        unit.system.kill()
        async with bus.joined(SYSTEM) as dying:
            await ParamsClient(dying).bus.reset("factory_default", "root")
            await ParamsClient(dying).bus.reset("restore", "root")
        unit.system = await bus.start(SYSTEM)
        assert certificate(bus).public_key() != trusted.public_key()
