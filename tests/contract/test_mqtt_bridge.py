"""Events become messages and messages become events, as another client of the broker sees it."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from common.bus.daemon import exported
from common.bus.errors import unpacked
from common.bus.events import EventsInterface
from common.bus.mqtt import MqttInterface
from common.bus.suite import EVENTS, HTTP, MQTT, PARAMS, SYSTEM
from common.errors import Conflict, InvalidValue, NotPermitted, Unavailable
from common.params.client import ParamsClient
from common.topics import Event
from daemons.ioports.topics import CONTROL_BUTTON
from tests.contract.mqtt_rig import (
    BUTTON,
    PREFIX,
    SERIAL,
    Broker,
    MqttUnit,
    Seen,
    Watcher,
    mqtt_unit,
    running_broker,
)
from tests.contract.private_bus import PrivateBus, eventually

EVERYTHING = "//."
PULSES = "onvif:Device/axis:IO/ControlButtonGesture"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for all."""
    with running_broker(tmp_path_factory.mktemp("broker")) as started:
        yield started


def pressed(now: bool) -> Event:
    """Return whether the button is pressed, which is a state."""
    return CONTROL_BUTTON.event(data={"pressed": now})


async def heard(watcher: Watcher, unit: MqttUnit) -> list[Seen]:
    """Return what one pulse and one state become, in order."""
    before = len(watcher.seen)
    unit.pulse()
    unit.say(pressed(True))
    unit.say(pressed(False))
    await eventually(lambda: len(watcher.seen) >= before + 3, "three messages")
    return watcher.seen[before:]


@pytest.mark.covers("M-MQT-15", "M-MQT-16", "M-MQT-17", "M-MQT-18", "M-MQT-19")
async def test_what_is_published_is_what_was_chosen(bus: PrivateBus, broker: Broker) -> None:
    """Prefix, name, namespaces, serial number, and once for each condition that matches."""
    io = {"topicFilter": "onvif:Device/axis:IO//.", "qos": 1}
    async with mqtt_unit(bus, broker) as unit:
        await unit.connect(broker.ports["tcp"])
        with Watcher(broker.ports["tcp"]) as other:
            for settings, topic in (
                ({}, f"{PREFIX}/event/{PULSES}"),
                (
                    {"includeTopicNamespaces": False},
                    f"{PREFIX}/event/Device/IO/ControlButtonGesture",
                ),
                ({"appendEventTopic": False}, f"{PREFIX}/event"),
                ({"topicPrefix": "custom", "customTopicPrefix": "hall/1"}, f"hall/1/{PULSES}"),
            ):
                await unit.publish_events(io, **settings)
                seen = await heard(other, unit)
                assert seen[0].topic == topic
                assert seen[0].content["topic"] == PULSES
                assert "serial" not in seen[0].content
            await unit.publish_events(io, includeSerialNumberInPayload=True)
            seen = await heard(other, unit)
            assert seen[0].content["serial"] == SERIAL
            assert seen[0].content["message"] == {
                "source": {},
                "key": {},
                "data": {"gesture": "cloud_connect"},
            }
            before = len(other.seen)
            await unit.publish_events(io, {"topicFilter": PULSES}, {"topicFilter": "axis:No/Such"})
            unit.pulse()
            await eventually(lambda: len(other.seen) >= before + 2, "two messages")
            assert {seen.topic for seen in other.seen[before:]} == {f"{PREFIX}/event/{PULSES}"}


@pytest.mark.covers("M-MQT-20", "M-MQT-21")
async def test_retain_and_quality_as_the_broker_has_them(bus: PrivateBus, broker: Broker) -> None:
    """What is retained meets those who come later, with the state of now."""
    async with mqtt_unit(bus, broker, pressed(True)) as unit:
        await unit.connect(broker.ports["tcp"])
        for retain, states, pulses in (("none", 0, 0), ("property", 1, 0), ("all", 1, 1)):
            prefix = {"topicPrefix": "custom", "customTopicPrefix": f"kept/{retain}"}
            quality = {"none": 0, "property": 1, "all": 2}[retain]
            wanted = {"topicFilter": "onvif:Device/axis:IO//.", "qos": quality, "retain": retain}
            with Watcher(broker.ports["tcp"], (f"kept/{retain}/#",)) as now:
                await unit.publish_events(wanted, **prefix)
                if states:  # the state that holds is told without anything happening
                    await eventually(lambda: now.seen, "the present state")
                    assert now.seen[0].content["message"]["data"] == {"pressed": "1"}
                unit.pulse()
                await eventually(lambda: now.on("Gesture"), "the pulse")
                assert {seen.qos for seen in now.seen} == {quality}
            with Watcher(broker.ports["tcp"], ("kept/#", "end"), retained=True) as later:
                later.publish("end", "", 2)
                await eventually(lambda: later.on("end"), "everything before it")
                assert len(later.on(f"kept/{retain}/{BUTTON}")) == states + pulses
                assert len(later.on(f"kept/{retain}/{PULSES}")) == pulses


@pytest.mark.covers("M-MQT-22", "M-MQT-24")
async def test_messages_become_events(bus: PrivateBus, broker: Broker) -> None:
    """With the device's prefix or without, and with the quality that was asked for."""
    async with mqtt_unit(bus, broker) as unit:
        await unit.connect(broker.ports["tcp"])
        await unit.subscribe(
            {"topicFilter": "hall/+/lamp", "qos": 2},
            {"topicFilter": "do", "useDeviceTopicPrefix": True, "qos": 1},
            {"topicFilter": "low"},
        )
        await eventually(lambda: "low (QoS 0)" in broker.log, "the subscriptions")
        assert "hall/+/lamp (QoS 2)" in broker.log
        assert f"{PREFIX}/do (QoS 1)" in broker.log
        with Watcher(broker.ports["tcp"], ()) as other:
            other.publish("hall/1/lamp", "on", 2)
            other.publish(f"{PREFIX}/do", "it", 1)
            other.publish("do", "not")
            other.publish("low", b"\xff\x00")
            other.publish("low", "end")
            await eventually(lambda: all(map(unit.said, ("on", "it", "end"))), "all of them")
        told = [
            (source["device-prefix"], source["mqtt-topic"], data["mqtt-payload"])
            for topic, source, data in unit.happened
            if topic == "tnsaxis:MQTT/Message/Stateless"
        ]
        assert sorted(told) == [("0", "hall/1/lamp", "on"), ("0", "low", "end"), ("1", "do", "it")]
        await unit.subscribe({"topicFilter": "other"})
        await eventually(lambda: "UNSUBSCRIBE" in broker.log, "subscribed no more")


@pytest.mark.covers("M-MQT-23")
async def test_a_payload_becomes_a_state(bus: PrivateBus, broker: Broker) -> None:
    """It outlives the events daemon, and ends with the subscription."""

    async def states() -> list[str]:
        async with asyncio.timeout(10):
            while True:
                try:
                    answer = json.loads(await events.current("tnsaxis:MQTT/Message/Stateful"))
                except Unavailable:
                    await asyncio.sleep(0.05)
                else:
                    return [state["data"]["mqtt-payload"] for state in answer]

    async def until(wanted: list[str]) -> None:
        async with asyncio.timeout(10):
            while await states() != wanted:
                await asyncio.sleep(0.02)

    async with mqtt_unit(bus, broker) as unit:
        events = unit.http.proxy(EventsInterface, EVENTS)
        await unit.connect(broker.ports["tcp"])
        await unit.subscribe({"topicFilter": "mode", "isStateData": True})
        with Watcher(broker.ports["tcp"], ()) as other:
            other.publish("mode", "night", 1, True)
            await until(["night"])
            other.publish("mode", "day", 1, True)
            await until(["day"])
            unit.events_daemon.kill()
            await bus.start(EVENTS)
            await until(["day"])
            await unit.subscribe()
            await until([])
            await unit.subscribe({"topicFilter": "mode", "isStateData": True})
            await until(["day"])  # the broker had kept it
            await unit.mqtt.deactivate()
            await until([])
            other.publish("mode", "", 1, True)
        with pytest.raises(InvalidValue, match="without"):
            await unit.subscribe({"topicFilter": "mode/#", "isStateData": True})


async def test_a_storm_of_messages_fills_nothing(bus: PrivateBus, broker: Broker) -> None:
    """What cannot be told is counted, the daemon answers meanwhile, and what comes later is heard."""
    async with mqtt_unit(bus, broker) as unit:
        await unit.subscribe({"topicFilter": "storm"})
        await unit.connect(broker.ports["tcp"])
        status = Path(f"/proc/{unit.daemon.process.pid}/status")

        def resident() -> int:
            line = next(each for each in status.read_text().splitlines() if "VmHWM" in each)
            return int(line.split()[1])

        before = resident()
        with Watcher(broker.ports["tcp"], ()) as other:
            for _ in range(20):
                for _ in range(1000):
                    other.publish("storm", "x" * 900)
                async with asyncio.timeout(2):
                    await unit.mqtt.client()
            await unit.until(lambda view: view.status.counts.received >= 20_000, 60)
            other.publish("storm", "the end", 1)
            await eventually(lambda: unit.said("the end"), "what came later", 30)
        view = await unit.view()
        told = len([entry for entry in unit.happened if entry[0].endswith("Stateless")])
        assert told + view.status.counts.overrun >= 20_001
        assert resident() - before < 24 * 1024
        assert unit.daemon.log.count("faster than they can be told") <= 40


async def test_a_publication_that_is_received_again_does_not_go_round(
    bus: PrivateBus, broker: Broker
) -> None:
    """Everything is published, and everything is subscribed to."""
    async with mqtt_unit(bus, broker) as unit:
        await unit.publish_events({"topicFilter": EVERYTHING, "qos": 1})
        await unit.subscribe({"topicFilter": "#", "qos": 1})
        with Watcher(broker.ports["tcp"]) as other:
            await unit.connect(broker.ports["tcp"])
            unit.pulse()
            await eventually(
                lambda: any(
                    "Gesture" in source.get("mqtt-topic", "") for _, source, _ in unit.happened
                ),
                "our own message as an event",
            )
            for topic in ("foreign", "last"):
                other.publish(topic, "x", 1)
                await eventually(partial(told_on, other, topic), f"{topic}, told on")
            assert len(other.on(PULSES)) == 1
            assert len(told_on(other, "foreign")) == 1
            assert not told_on(other, f"{PREFIX}/event")


def told_on(other: Watcher, topic: str) -> list[Seen]:
    """Return our messages about received ones on topics that begin so."""
    return [
        seen
        for seen in list(other.seen)
        if "axis:MQTT/Message" in seen.topic
        and seen.content["message"]["source"]["mqtt-topic"].startswith(topic)
    ]


class Rules(EventsInterface):
    """Stands in for the events daemon, which may publish."""

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        return []


@pytest.mark.covers("M-EVT-11", part="MQTT publish, at the broker")
async def test_what_a_rule_publishes(bus: PrivateBus, broker: Broker) -> None:
    """By the events daemon, and by nobody else."""
    await bus.start(PARAMS)
    async with bus.joined(SYSTEM) as system, bus.joined(EVENTS) as events:
        await ParamsClient(system).publish({"Properties.System.SerialNumber": SERIAL})
        daemon = await bus.start(MQTT)
        await eventually(lambda: events.present(MQTT), "mqtt on the bus")
        rules = events.proxy(MqttInterface, MQTT)
        answers = await rules.publish([("a", False, "x", 0, False)])
        assert [type(unpacked(*answer)) for answer in answers] == [Conflict]
        assert "not active" in answers[0][1]
        for refused in (rules.configure_client("{}"), rules.client(), rules.activate()):
            with pytest.raises(NotPermitted):
                await refused
        with pytest.raises(NotPermitted):
            await system.proxy(MqttInterface, MQTT).publish([("a", False, "x", 0, False)])
        assert "Traceback" not in daemon.log
        async with bus.joined(HTTP) as http:
            edge = http.proxy(MqttInterface, MQTT)
            server = {"host": "localhost", "port": broker.ports["tcp"]}
            with Watcher(broker.ports["tcp"]) as other:
                await edge.configure_client(json.dumps({"server": server}))
                await edge.activate()
                answers = await rules.publish(
                    [
                        ("from/a/rule", False, "x", 1, True),
                        ("a/#", False, "x", 0, False),
                        ("rule", True, "y", 2, False),
                    ]
                )
                await eventually(lambda: len(other.seen) == 2, "both messages")
            assert {(seen.topic, seen.payload, seen.qos) for seen in other.seen} == {
                ("from/a/rule", b"x", 1),
                (f"{PREFIX}/rule", b"y", 2),
            }
            assert [name and type(unpacked(name, text)) for name, text in answers] == [
                "",
                InvalidValue,
                "",
            ]


NONSENSE = {
    "http": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "an endless length": b"\x20\x02\x00\x00\xff\xff\xff\xff\xff",
    "a huge packet": b"\x20\x02\x00\x00\x30\xff\xff\xff\x7f",
    "a topic that is no text": b"\x20\x02\x00\x00\x30\x04\x00\x02\xff\xfe",
    "an empty packet": b"\x20\x02\x00\x00\x30\x00",
    "half an answer": b"\x20\x00",
    "half an acknowledgement": b"\x20\x02\x00\x00\x90\x01\x00",
    "nothing": b"",
}


async def test_a_broker_that_speaks_nonsense_costs_its_connection_only(
    bus: PrivateBus, broker: Broker
) -> None:
    """The daemon says why, and tries again."""
    writers: list[asyncio.StreamWriter] = []
    answers: list[bytes] = [b""]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read(100)
        writer.write(answers[-1])
        if not answers[-1]:
            writer.close()

    async with mqtt_unit(bus, broker) as unit:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            await unit.subscribe({"topicFilter": "#"})
            await unit.configure(port)
            await unit.mqtt.activate()
            for what, answer in NONSENSE.items():
                answers.append(answer)
                before = len(writers)
                await unit.configure(port, keepAliveInterval=1)
                await eventually(lambda: len(writers) > before, what)  # noqa: B023
                await unit.until(lambda view: bool(view.status.reason))
            await unit.mqtt.deactivate()
            for writer in writers:
                writer.transport.abort()
            await asyncio.sleep(0)
        await unit.connect(broker.ports["tcp"])
        assert "Traceback" not in unit.daemon.log
