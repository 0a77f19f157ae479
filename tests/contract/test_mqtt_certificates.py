"""The MQTT client with certificates of the unit's store, at a broker with an authority of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.bus.certificates import CertificatesInterface
from common.bus.suite import SYSTEM
from common.errors import Conflict, NotFound
from tests.authority import Authority
from tests.contract.certificate_rig import certificates_of, until_used
from tests.contract.mqtt_rig import Broker, MqttUnit, mqtt_unit
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.unit_at_work import simulated_world
from tests.suite import free_port

HOUSE = Authority.made("House")


class CertifiedBroker(Broker):
    """One that has its certificate from the house, and on one port wants one from everybody."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "own.pem").unlink()
        HOUSE.sign("broker", "localhost").write(folder, "own")
        (folder / "house.pem").write_text(HOUSE.pem)
        self.ports["certified"] = free_port()
        with (folder / "mosquitto.conf").open("a") as settings:
            settings.write(
                f"listener {self.ports['certified']} 127.0.0.1\nallow_anonymous true\n"
                f"certfile {folder}/own.pem\nkeyfile {folder}/own.key\ncafile {folder}/house.pem\n"
                "require_certificate true\nuse_identity_as_username true\n"
            )


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CertifiedBroker]:
    """One broker for all."""
    started = CertifiedBroker(tmp_path_factory.mktemp("broker"))
    started.start()
    yield started
    started.kill()


@asynccontextmanager
async def at_work(
    bus: PrivateBus, broker: Broker
) -> AsyncIterator[tuple[MqttUnit, CertificatesInterface]]:
    """Run a unit whose system trusts nobody here, with its store."""
    async with mqtt_unit(bus, broker) as unit, simulated_world(bus):
        await bus.start(SYSTEM)
        unit.daemon.kill()
        unit.environment = {}
        await unit.start_again()
        await eventually(lambda: unit.http.present(SYSTEM), "system on the bus")
        yield unit, certificates_of(unit.http)


@pytest.mark.covers("M-SEC-02", part="validate a broker")
async def test_a_broker_is_believed_by_the_authority_that_is_installed(
    bus: PrivateBus, broker: Broker
) -> None:
    """Any of them, or only the one that is named; at once when it is installed."""
    async with at_work(bus, broker) as (unit, store):
        await unit.configure(broker.ports["ssl"], "ssl", ssl={"validateServerCert": True})
        await unit.mqtt.activate()
        await unit.until_told("certificate is not accepted")
        await store.add_authority("house", HOUSE.pem)
        await unit.until(lambda view: view.status.connected)
        await store.add_authority("other", Authority.made("Other").pem)
        await unit.configure(broker.ports["ssl"], "ssl", ssl={"CACertID": "other"})
        await unit.until_told("certificate is not accepted")
        await unit.connect(broker.ports["ssl"], "ssl", ssl={"CACertID": "house"})


@pytest.mark.covers("M-SEC-01", part="shown to a broker")
async def test_the_client_shows_the_certificate_that_is_named(
    bus: PrivateBus, broker: Broker
) -> None:
    """Over each restart; one that the broker does not believe, or none, is refused."""
    async with at_work(bus, broker) as (unit, store):
        await store.add_authority("house", HOUSE.pem)
        good, bad = HOUSE.sign("hall-speaker"), Authority.made("Other").sign("stranger")
        await store.add("good", good.pem, good.key_pem(), "")
        await store.add("bad", bad.pem, bad.key_pem(), "")
        port = broker.ports["certified"]
        for tls in ({}, {"clientCertID": "bad"}):
            await unit.configure(port, "ssl", ssl=tls)
            await unit.mqtt.activate()
            await unit.until(lambda view: bool(view.status.reason))
        await unit.connect(port, "ssl", ssl={"clientCertID": "good"})
        await eventually(lambda: "u'hall-speaker'" in broker.log, "the name at the broker")
        unit.daemon.kill()
        await unit.start_again()
        await unit.until(lambda view: view.status.connected)
        renewed = HOUSE.sign("renewed-speaker", key=good.key)
        await store.replace("good", renewed.pem)
        await eventually(lambda: "u'renewed-speaker'" in broker.log, "the new name at the broker")


async def test_what_the_client_uses_stays_and_nothing_else_can_be_named(
    bus: PrivateBus, broker: Broker
) -> None:
    """An alias must be there, and be of its kind."""
    async with at_work(bus, broker) as (unit, store):
        own = HOUSE.sign("unit")
        await store.add_authority("house", HOUSE.pem)
        await store.add("own", own.pem, own.key_pem(), "")
        for tls in (
            {"clientCertID": "nobody"},
            {"clientCertID": "house"},
            {"CACertID": "own"},
            {"CACertID": "nobody"},
        ):
            with pytest.raises(NotFound, match=next(iter(tls))):
                await unit.configure(broker.ports["ssl"], "ssl", ssl=tls)
        await unit.configure(
            broker.ports["ssl"], "ssl", ssl={"clientCertID": "own", "CACertID": "house"}
        )
        for alias in ("own", "house"):
            await until_used(store, alias)
            with pytest.raises(Conflict, match="MQTT client"):
                await store.remove(alias)
        await unit.configure(broker.ports["ssl"], "ssl")
        for alias in ("own", "house"):
            await until_used(store, alias, used=False)
            await store.remove(alias)
