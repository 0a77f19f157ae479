"""The store of certificates on a real bus: what is installed, kept, handed over, and cannot be deleted."""

import asyncio

import msgspec
import pytest

from common.bus.certificates import CertificatesInterface
from common.bus.suite import EVENTS, IOPORTS, MQTT, SIP, SYSTEM
from common.certificates import OWN, Certificate, NewKey
from common.errors import Conflict, InvalidValue, NotFound, NotPermitted
from tests.authority import Authority
from tests.contract.certificate_rig import certificates_of, content_of, listed
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import CommandSocket, working_unit
from tests.files import contents

AUTHORITY = Authority.made()
UNIT = AUTHORITY.sign("unit", "unit.local")


async def install(certificates: CertificatesInterface) -> None:
    """Install one of each kind."""
    await certificates.add("door", UNIT.pem, UNIT.key_pem(), "")
    await certificates.add_authority("house", AUTHORITY.pem)


@pytest.mark.covers("M-SEC-01", "M-SEC-02", "M-SEC-09", "M-SEC-10", part="the store")
async def test_certificates_are_installed_listed_and_deleted(bus: PrivateBus) -> None:
    """Beside the unit's own, which stays; a key is in no answer."""
    async with working_unit(bus) as unit:
        store = certificates_of(unit.http)
        await install(store)
        await store.add_container("packed", UNIT.container("secret"), "secret")
        await store.create(msgspec.json.encode(NewKey("made", "CN=made")).decode())
        found = await listed(store)
        assert set(found) == {"door", "house", "packed", "made", OWN}
        assert found["door"].certificate == UNIT.pem
        assert found["door"].details.issuer == "CN=Test authority"
        assert found["house"].kind == "authority"
        assert found["made"].details.self_signed
        assert not found[OWN].removable
        assert "PRIVATE KEY" not in await store.certificates()
        await store.remove("packed")
        assert "packed" not in await listed(store)
        for alias, error in (("packed", NotFound), (OWN, Conflict)):
            with pytest.raises(error):
                await store.remove(alias)


@pytest.mark.covers("M-SEC-02", part="pre-installed")
async def test_the_unit_comes_with_authorities(bus: PrivateBus) -> None:
    """Those of the system, each with an alias of its own that nobody else can have."""
    async with working_unit(bus) as unit:
        store = certificates_of(unit.http)
        found = msgspec.json.decode(await store.preinstalled(), type=list[Certificate])
        assert len(found) > 50
        assert len({each.alias for each in found}) == len(found)
        assert not any(each.removable for each in found)
        with pytest.raises(Conflict):
            await store.add_authority(found[0].alias, AUTHORITY.pem)


@pytest.mark.parametrize(
    "alias", ["", ".hidden", "two words", "a/b", "a" * 65, "é", "a\n", "Default(self-signed)"]
)
async def test_an_alias_stands_in_a_path(bus: PrivateBus, alias: str) -> None:
    """Another one is refused."""
    async with working_unit(bus) as unit:
        with pytest.raises(InvalidValue, match="alias"):
            await certificates_of(unit.http).add_authority(alias, AUTHORITY.pem)


async def test_an_alias_is_there_once_over_both_kinds(bus: PrivateBus) -> None:
    """And what is refused changes nothing."""
    async with working_unit(bus) as unit:
        store = certificates_of(unit.http)
        await install(store)
        before = await listed(store)
        with pytest.raises(Conflict):
            await store.add_authority("door", AUTHORITY.pem)
        with pytest.raises(Conflict):
            await store.add("house", UNIT.pem, UNIT.key_pem(), "")
        with pytest.raises(InvalidValue, match="does not belong"):
            await store.add("other", AUTHORITY.pem, UNIT.key_pem(), "")
        with pytest.raises(InvalidValue, match="at most"):
            await store.add_authority("other", "A" * 70_000)
        assert await listed(store) == before


async def test_a_certificate_is_replaced_by_one_for_the_same_key(bus: PrivateBus) -> None:
    """As after a request was signed; one for another key is refused."""
    async with working_unit(bus) as unit:
        store = certificates_of(unit.http)
        await install(store)
        renewed = AUTHORITY.sign("renewed", key=UNIT.key)
        await store.replace("door", renewed.pem + AUTHORITY.pem)
        assert (await listed(store))["door"].details.subject == "CN=renewed"
        with pytest.raises(InvalidValue, match="does not belong"):
            await store.replace("door", AUTHORITY.sign("other").pem)
        other = Authority.made("Other")
        await store.replace("house", other.pem)
        found = await listed(store)
        assert found["house"].details.subject == "CN=Other"
        assert found["door"].details.chain == 2
        assert "BEGIN CERTIFICATE REQUEST" in await store.request("door", "", [])
        with pytest.raises(InvalidValue, match="no key"):
            await store.request("house", "", [])


@pytest.mark.covers("M-SEC-10", part="one in use")
async def test_what_is_used_cannot_be_deleted(bus: PrivateBus) -> None:
    """By whom is told; until the daemon uses something else."""
    async with working_unit(bus) as unit, bus.joined(SIP) as sip:
        store = certificates_of(unit.http)
        await install(store)
        await certificates_of(sip).use("sip", {"door": "the SIP account Gate"})
        assert (await listed(store))["door"].used_by == ("the SIP account Gate",)
        with pytest.raises(Conflict, match="in use by the SIP account Gate"):
            await store.remove("door")
        await certificates_of(sip).use("sip", {})
        await store.remove("door")


async def test_keys_are_handed_to_those_who_show_the_certificate(bus: PrivateBus) -> None:
    """And to nobody else, the edge included."""
    async with (
        working_unit(bus) as unit,
        bus.joined(SIP) as sip,
        bus.joined(MQTT) as mqtt,
        bus.joined(EVENTS) as events,
        bus.joined(IOPORTS) as ioports,
    ):
        await install(certificates_of(unit.http))
        for user in (sip, mqtt):
            pair = content_of(await certificates_of(user).open_key_pair("door"))
            assert pair == UNIT.pem + UNIT.key_pem()
        for stranger in (unit.http, events, ioports):
            with pytest.raises(NotPermitted):
                await certificates_of(stranger).open_key_pair("door")
        for alias in ("house", "nobody", OWN):
            with pytest.raises((NotFound, Conflict)):
                await certificates_of(sip).open_key_pair(alias)
        for alias in ("", "house"):
            trusted = await certificates_of(events).open_authorities(alias)
            assert content_of(trusted) == AUTHORITY.pem
        with pytest.raises(NotFound):
            await certificates_of(events).open_authorities("door")


async def test_every_change_is_told(bus: PrivateBus) -> None:
    """Once it is on disk."""
    async with working_unit(bus) as unit:
        store = certificates_of(unit.http)
        told: list[int] = []
        await unit.http.subscribe(CertificatesInterface.changed, SYSTEM, lambda: told.append(1))
        await store.add_authority("house", AUTHORITY.pem)
        await eventually(lambda: len(told) == 1, "the signal")
        await store.replace("house", AUTHORITY.pem)
        await eventually(lambda: len(told) == 2, "the signal")
        await store.remove("house")
        await eventually(lambda: len(told) == 3, "the signal")


async def test_what_was_acknowledged_survives_a_kill(bus: PrivateBus) -> None:
    """Of the system daemon and of the store; on disk the key is sealed."""
    async with working_unit(bus) as unit, bus.joined(SIP) as sip:
        store = certificates_of(unit.http)
        await install(store)
        unit.params.kill()
        unit.params = await bus.start(unit.params.member)
        await unit.start_system_again()
        assert {"door", "house"} <= set(await listed(store))
        assert "PRIVATE KEY" in content_of(await certificates_of(sip).open_key_pair("door"))
        secret = UNIT.key_pem().splitlines()[2]
        kept = contents(bus.state)
        assert any(UNIT.pem.splitlines()[2].encode() in content for content in kept.values())
        assert not [path for path, content in kept.items() if secret.encode() in content]
        assert secret not in unit.system.log


@pytest.mark.covers("M-SEC-05")
@pytest.mark.parametrize("level", ["restore", "factory_default"])
async def test_factory_default_deletes_all_and_a_restore_none(bus: PrivateBus, level: str) -> None:
    """A restore keeps what 802.1X needs; the pre-installed ones are always there."""
    with CommandSocket(bus) as supervisor:
        async with working_unit(bus, C8210_SUPERVISOR=supervisor.path) as unit:
            store = certificates_of(unit.http)
            await install(store)
            await unit.as_http.reset(level, "root")
            assert await supervisor.command() == "restart"
            await unit.start_system_again()
            async with asyncio.timeout(10):
                while (found := await listed(store)).keys() < {OWN}:
                    await asyncio.sleep(0.05)
            assert set(found) == ({OWN} if level == "factory_default" else {"door", "house", OWN})
            assert msgspec.json.decode(await store.preinstalled())
