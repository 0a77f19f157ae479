"""The mqtt daemon: the client of a broker, and the bridge between events and messages."""

import common.lean  # before all that loads what it keeps out

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from common.bus.events import EventsInterface
from common.bus.params import ParamsInterface
from common.bus.suite import EVENTS, MQTT, PARAMS
from common.certificate_files import CertificateFiles
from common.clock import SystemClock
from common.daemon import Daemon, run
from common.errors import ApplianceError
from common.params.client import RETRY_INTERVAL_S, ParamsClient
from daemons.mqtt.adapters.store import Records
from daemons.mqtt.adapters.unit import Suite
from daemons.mqtt.bridge import Bridge
from daemons.mqtt.client import Client
from daemons.mqtt.control import Control
from daemons.mqtt.plan import Plan
from daemons.mqtt.ports import Link, Listener
from daemons.mqtt.publication import Told
from daemons.mqtt.service import MqttService

SERIAL_NUMBER = "Properties.System.SerialNumber"
UNKNOWN = "000000000000"


def make_link(plan: Plan, listener: Listener) -> Link:
    """Return a session with a broker; what it takes is loaded when the client is first active."""
    common.lean.let_in("ssl")
    from daemons.mqtt.adapters.link import PahoLink

    return PahoLink(plan, listener)


@asynccontextmanager
async def mqtt(daemon: Daemon) -> AsyncIterator[None]:
    """Wire the parts."""
    connection, tasks = daemon.connection, daemon.tasks
    params = ParamsClient(connection)
    suite = Suite(connection)
    await params.wait()
    records = Records(params)
    kept, between = await records.load()
    client = Client(
        make_link,
        received=lambda topic, payload: bridge.received(topic, payload),
        clock=SystemClock(),
        changed=lambda: bridge.status_changed(),
        connected=lambda: bridge.connected(),
    )
    bridge = Bridge(client, suite)
    certificates = CertificateFiles(
        connection, daemon.runtime, lambda: control.certificates_changed()
    )
    control = Control(client, bridge, records, certificates, kept, between)
    suite.export = connection.export(lambda: MqttService(connection, control, bridge))

    def happened(topic: str, source: dict[str, str], data: dict[str, str], time: float) -> None:
        if not client.active:
            return
        if not bridge.knows(topic):
            learn()
        bridge.happened(Told(topic, source, data, time))

    learning = False

    def learn() -> None:
        nonlocal learning
        if not learning:
            learning = True
            connection.start(learn_topics(), name="topics")

    async def learn_topics() -> None:
        nonlocal learning
        try:
            bridge.declared(await suite.topics())
        finally:
            learning = False

    def identified(values: Mapping[str, str], _gone: frozenset[str]) -> None:
        serial_number = values.get(SERIAL_NUMBER, UNKNOWN)
        if serial_number != UNKNOWN:
            control.identify(serial_number)

    async def load() -> None:
        while True:
            try:
                control.take(*await records.load())
            except ApplianceError:
                await asyncio.sleep(RETRY_INTERVAL_S)
            else:
                return

    def settings_changed() -> None:
        connection.start(load(), name="settings")

    # A reset may be missed while one of us is away.
    await connection.subscribe(ParamsInterface.was_reset, PARAMS, lambda *_: settings_changed())
    connection.watch(PARAMS, lambda present: settings_changed() if present else None)
    await connection.subscribe(EventsInterface.happened, EVENTS, happened)
    connection.watch(EVENTS, lambda present: learn() if present else None)
    tasks.create_task(certificates.run(), name="certificates")
    tasks.create_task(client.run(), name="client")
    tasks.create_task(bridge.tell_states(), name="states")
    tasks.create_task(bridge.follow_ears(), name="received")
    identified(await params.watch([SERIAL_NUMBER], identified), frozenset())
    yield
    await client.close()


if __name__ == "__main__":
    run(MQTT, mqtt)
