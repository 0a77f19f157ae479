"""The ways to a broker: each transport, names and passwords, proxies, time-outs and lost connections."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.contract.mqtt_rig import (
    PASSWORD,
    PREFIX,
    PROTOCOLS,
    SERIAL,
    USER,
    Broker,
    Relay,
    Watcher,
    mqtt_unit,
    running_broker,
)
from tests.contract.private_bus import PrivateBus, RunningDaemon, eventually
from tests.files import contents

DEFAULT = {"useDefault": True}


def process_of(daemon: RunningDaemon) -> dict[str, bytes]:
    """Return what a list of processes shows of a daemon."""
    folder = Path(f"/proc/{daemon.process.pid}")
    return {part: (folder / part).read_bytes() for part in ("cmdline", "environ")}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for all; a test that ends it starts it again."""
    with running_broker(tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.mark.covers("M-MQT-01", "M-MQT-02", "M-MQT-03")
async def test_every_transport_carries_messages_both_ways(bus: PrivateBus, broker: Broker) -> None:
    """TCP, TLS, WebSocket and WebSocket over TLS, one after the other, with the client switched off between."""
    async with mqtt_unit(bus, broker) as unit:
        await unit.publish_events({"topicFilter": "//.", "qos": 1})
        await unit.subscribe({"topicFilter": "in/+", "qos": 1})
        for protocol in PROTOCOLS:
            with Watcher(broker.ports["tcp"]) as other:
                await unit.connect(broker.ports[protocol], protocol)
                unit.pulse()
                await eventually(lambda: other.on("Gesture"), f"the event by {protocol}")
                big = protocol * 250
                other.publish("in/x", big, 1)
                await eventually(partial(unit.said, big), f"the message by {protocol}")
                await unit.mqtt.deactivate()
                await unit.until(lambda view: not view.status.connected)
                assert not (await unit.view()).status.active


@pytest.mark.covers("M-MQT-05")
@pytest.mark.parametrize("protocol", ["ssl", "wss"])
async def test_the_alpn_protocol_is_agreed_on(
    bus: PrivateBus, broker: Broker, protocol: str
) -> None:
    """As a broker behind a firewall asks for it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(broker.folder / "own.pem", broker.folder / "own.key")
    context.set_alpn_protocols(["http/1.1", "x-amzn-mqtt-ca"])
    behind = {"ssl": "tcp", "wss": "ws"}[protocol]
    async with (
        Relay(broker.ports[behind], tls=context).running() as front,
        mqtt_unit(bus, broker) as unit,
    ):
        await unit.connect(front.port, protocol, server={"alpnProtocol": "x-amzn-mqtt-ca"})
        assert front.protocols == ["x-amzn-mqtt-ca"]


@pytest.mark.covers("M-MQT-03", part="who the broker is")
async def test_a_broker_must_prove_who_it_is(bus: PrivateBus, broker: Broker) -> None:
    """Unless that is not wanted. The authority here is not one that the unit knows."""
    async with mqtt_unit(bus, broker) as unit:
        unit.daemon.kill()
        unit.environment = {}
        await unit.start_again()
        await unit.configure(broker.ports["ssl"], "ssl", ssl={"validateServerCert": True})
        await unit.mqtt.activate()
        await unit.until_told("certificate is not accepted")
        await unit.connect(broker.ports["ssl"], "ssl", ssl={"validateServerCert": False})


@pytest.mark.covers("M-MQT-06")
async def test_the_client_says_who_it_is(bus: PrivateBus, broker: Broker) -> None:
    """With a name of its own or the serial number; a wrong password is told, and nowhere to be read."""
    login = {"username": USER, "password": PASSWORD}
    async with mqtt_unit(bus, broker) as unit:
        await unit.connect(broker.ports["login"], **login)
        assert f" as {SERIAL} " in broker.log
        await unit.connect(broker.ports["login"], **login, clientId="hall-speaker")
        await eventually(lambda: " as hall-speaker " in broker.log, "the name at the broker")
        await unit.configure(broker.ports["login"], username=USER, password="wrong")
        await unit.until_told("not authorized")
        unit.daemon.kill()
        await unit.start_again()
        await unit.connect(broker.ports["login"], **login)
        unit.daemon.kill()
        await unit.start_again()
        await unit.until(lambda view: view.status.connected)
        shown = (await unit.mqtt.client()) + unit.daemon.log
        assert PASSWORD not in shown
        found = {str(path): text for path, text in contents(bus.state).items()}
        found |= process_of(unit.daemon)
        assert [name for name, text in found.items() if PASSWORD.encode() in text] == []


@pytest.mark.covers("M-MQT-07")
async def test_a_session_is_kept_if_wanted(bus: PrivateBus, broker: Broker) -> None:
    """Messages of the time in which the unit was away arrive, or do not."""
    async with mqtt_unit(bus, broker) as unit:
        await unit.subscribe({"topicFilter": "kept/+", "qos": 1})
        for clean in (True, False):
            await unit.connect(broker.ports["tcp"], cleanSession=clean, clientId=f"c{clean}")
            await eventually(lambda: broker.log.count("kept/+ (QoS 1)") > 0, "subscribed")
            await unit.mqtt.deactivate()
            await unit.until(lambda view: not view.status.connected)
            with Watcher(broker.ports["tcp"], ()) as other:
                other.publish("kept/x", f"clean {clean}", 1)
                await eventually(lambda: "'kept/x'" in broker.log, "the broker has it")
            await unit.mqtt.activate()
            await unit.until(lambda view: view.status.connected)
        await eventually(lambda: unit.said("clean False"), "the message that waited")
        assert not unit.said("clean True")


@pytest.mark.covers("M-MQT-08")
async def test_proxies_lead_to_the_broker(bus: PrivateBus, broker: Broker) -> None:
    """One for what is encrypted, one for what is not, each with a login."""
    async with (
        Relay(0, login="u:p:w").running() as plain,
        Relay(0, login="-").running() as tunnel,
        mqtt_unit(bus, broker) as unit,
    ):
        proxies = {
            "httpProxy": f"http://u:p%3Aw@localhost:{plain.port}",
            "httpsProxy": f"localhost:{tunnel.port}",
        }
        for protocol in PROTOCOLS:
            plain.target = tunnel.target = broker.ports[protocol]
            await unit.connect(broker.ports[protocol], protocol, **proxies)
        for proxy, protocols in ((plain, ("tcp", "ws")), (tunnel, ("ssl", "wss"))):
            assert [request.split("\r\n")[0] for request in proxy.requests] == [
                f"CONNECT localhost:{broker.ports[name]} HTTP/1.1" for name in protocols
            ]
        view = await unit.view()
        assert view.config is not None
        assert view.config.http_proxy == f"http://u:*****@localhost:{plain.port}"
        wrong = f"http://u:no@localhost:{plain.port}"
        await unit.configure(broker.ports["tcp"], httpProxy=wrong)
        await unit.until_told("the proxy does not accept the user name and password")


@pytest.mark.covers("M-MQT-09")
async def test_a_connection_that_is_dead_is_found_by_the_keep_alive(
    bus: PrivateBus, broker: Broker
) -> None:
    """Nobody has closed it; what was not acknowledged is sent again on the next one."""
    async with (
        Relay(broker.ports["tcp"]).running() as way,
        mqtt_unit(bus, broker) as unit,
    ):
        with Watcher(broker.ports["tcp"]) as other:
            await unit.publish_events({"topicFilter": "//.", "qos": 1})
            await unit.connect(way.port, keepAliveInterval=1)
            way.frozen = True
            for _ in range(5):
                unit.pulse()
            view = await unit.until(lambda view: not view.status.connected)
            assert view.status.counts.waiting >= 5
            way.frozen = False
            await unit.until(lambda view: view.status.connected and not view.status.counts.waiting)
            await eventually(lambda: len(other.on("Gesture")) >= 5, "all of them")
            assert way.connections >= 2


@pytest.mark.covers("M-MQT-10")
async def test_a_broker_that_says_nothing_is_given_up_in_time(
    bus: PrivateBus, broker: Broker
) -> None:
    """It takes the connection, and that is all."""
    async with (
        Relay(broker.ports["tcp"]).running() as way,
        mqtt_unit(bus, broker) as unit,
    ):
        way.frozen = True
        for protocol in PROTOCOLS:
            began = time.monotonic()
            await unit.configure(way.port, protocol, connectTimeout=1)
            await unit.mqtt.activate()
            await unit.until(lambda view: view.status.reason == "no answer within 1 s")
            assert time.monotonic() - began >= 0.9
        await unit.configure(way.port)
        config = (await unit.view()).config
        assert config is not None
        assert config.connect_timeout == 60


@pytest.mark.covers("M-MQT-11", "M-MQT-13")
async def test_the_connect_message_is_said(bus: PrivateBus, broker: Broker) -> None:
    """The default below the device's prefix, or one's own, or none; and the one at the end."""
    async with mqtt_unit(bus, broker) as unit:
        with Watcher(broker.ports["tcp"]) as other:
            said: dict[str, Any] = {"connectMessage": DEFAULT, "disconnectMessage": DEFAULT}
            await unit.connect(broker.ports["tcp"], **said)
            await eventually(lambda: other.on(f"{PREFIX}/event/connection"), "connected")
            assert other.seen[0].content["connected"] is True
            await unit.mqtt.deactivate()
            await eventually(lambda: len(other.seen) == 2, "disconnected")
            assert other.seen[1].content["description"] == "Disconnected"
            await unit.connect(broker.ports["tcp"], deviceTopicPrefix="hall/1", **said)
            await eventually(lambda: other.on("hall/1/event/connection"), "another prefix")
            own = {"topic": "hello", "message": "I am here", "retain": False, "qos": 2}
            own["useDefault"] = False
            await unit.connect(broker.ports["tcp"], connectMessage=own)
            await eventually(lambda: other.on("hello"), "a message of one's own")
            assert (other.on("hello")[0].payload, other.on("hello")[0].qos) == (b"I am here", 2)
            count = len(other.seen)
            await unit.connect(broker.ports["tcp"], clientId="quiet")
            await eventually(lambda: " as quiet " in broker.log, "connected without a word")
            assert len(other.seen) == count
        with Watcher(broker.ports["tcp"], (f"{PREFIX}/#",), retained=True) as later:
            await eventually(lambda: later.on("event/connection"), "what was retained")
            assert later.on("event/connection")[0].retain


@pytest.mark.covers("M-MQT-14")
async def test_a_killed_unit_is_told_of_by_its_last_will(bus: PrivateBus, broker: Broker) -> None:
    """And when it is back it says so by itself."""
    async with mqtt_unit(bus, broker) as unit:
        with Watcher(broker.ports["tcp"], (f"{PREFIX}/event/connection",)) as other:
            await unit.connect(
                broker.ports["tcp"], lastWillTestament=DEFAULT, connectMessage=DEFAULT
            )
            await eventually(lambda: other.seen and other.seen[-1].content["connected"], "is there")
            unit.daemon.kill()
            await eventually(lambda: not other.seen[-1].content["connected"], "the last will")
            assert other.seen[-1].content == {
                "serialNumber": SERIAL,
                "connected": False,
                "description": "Connection Lost",
                "timestamp": None,
            }
            await unit.start_again()
            await eventually(lambda: other.seen[-1].content["connected"], "it is back")
            assert unit.daemon.stop() == 0


@pytest.mark.covers("M-MQT-12", part="at a real broker")
async def test_no_event_is_lost_while_the_broker_is_away(bus: PrivateBus, broker: Broker) -> None:
    """A thousand a second, with QoS 1, over the end and the return of the broker."""
    total, start = 3000, round(time.time()) - 100
    async with mqtt_unit(bus, broker) as unit:
        await unit.publish_events(
            {"topicFilter": "//.", "qos": 1}, topicPrefix="custom", customTopicPrefix="out"
        )
        await unit.connect(broker.ports["tcp"])
        with Watcher(broker.ports["tcp"], ("out/#",), name="keeper") as other:
            began = asyncio.get_running_loop().time()
            for number in range(total):
                unit.pulse(start + number / 1000)
                if number == total // 3:
                    broker.stop()
                if number == 2 * total // 3:
                    await asyncio.to_thread(broker.start)
                behind = began + number / 1000 - asyncio.get_running_loop().time()
                await asyncio.sleep(max(behind, 0))
            await unit.until(lambda view: view.status.connected and not view.status.counts.waiting)

            def missing() -> set[int]:
                arrived = {seen.content["timestamp"] for seen in list(other.on("Gesture"))}
                return {start * 1000 + number for number in range(total)} - arrived

            await eventually(lambda: not missing(), "every one of them", 20)
            assert (await unit.view()).status.counts.dropped == 0
    assert "the connection is lost" in unit.daemon.log
