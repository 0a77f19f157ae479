"""What is said of the connection, and what events become."""

import json

import pytest

from common.mqtt import Announcement, ClientConfig, EventFilter, Publication, Server
from daemons.mqtt.plan import Message, Plan
from daemons.mqtt.publication import Publisher, Told

PORT = Told("tns1:Device/tnsaxis:IO/Port", {"port": "0"}, {"state": "1"}, 1590045190.2304)
PULSE = Told("tnsaxis:CallButton", {}, {"n": "1"}, 5.0)
PREFIX = "axis/ACCC8E012345"


def plan(**fields: object) -> Plan:
    """Return a plan with some of its configuration."""
    config = ClientConfig(**{"server": Server("broker"), **fields})  # type: ignore[arg-type]
    return Plan(config, "ACCC8E012345")


def published(publication: Publication, told: Told = PORT) -> list[Message]:
    """Return what an event becomes."""
    publisher = Publisher(lambda topic: topic == PORT.topic)
    publisher.configure(publication, PREFIX, "ACCC8E012345")
    return publisher.messages(told)


def io(**fields: object) -> Publication:
    """Return a publication of everything about I/O."""
    return Publication(event_filter_list=(EventFilter("onvif:Device/axis:IO//."),), **fields)  # type: ignore[arg-type]


def test_the_default_messages_are_the_documented_ones() -> None:
    """Topic, payload, QoS and retain (VAPIX sys-mqtt, section 1)."""
    default = Announcement(use_default=True, topic="not used")
    made = plan(last_will_testament=default, connect_message=default, disconnect_message=default)
    connected, will = made.connect_message(1599217262.9), made.last_will()
    assert connected is not None
    assert will is not None
    assert connected == Message(
        "axis/ACCC8E012345/event/connection",
        b'{"serialNumber":"ACCC8E012345","connected":true,"description":"Connected",'
        b'"timestamp":"2020-09-04T11:01:02z"}',
        1,
        True,
    )
    assert json.loads(will.payload) == {
        "serialNumber": "ACCC8E012345",
        "connected": False,
        "description": "Connection Lost",
        "timestamp": None,
    }
    ended = made.disconnect_message(0)
    assert ended is not None
    assert json.loads(ended.payload)["description"] == "Disconnected"
    assert plan().connect_message(0) is plan().last_will() is plan().disconnect_message(0) is None


@pytest.mark.covers("M-MQT-04")
def test_each_protocol_has_its_port() -> None:
    """Unless one is given."""
    ports = {
        protocol: plan(server=Server("h", protocol)).port
        for protocol in ("tcp", "ssl", "ws", "wss")
    }
    assert ports == {"tcp": 1883, "ssl": 8883, "ws": 80, "wss": 443}
    assert plan(server=Server("h", "wss", 8443)).port == 8443


def test_the_proxy_follows_from_the_encryption() -> None:
    """One for each."""
    both = {"http_proxy": "http://plain", "https_proxy": "http://tunnel"}
    hosts = {}
    for protocol in ("tcp", "ssl", "ws", "wss"):
        proxy = plan(server=Server("h", protocol), **both).proxy
        hosts[protocol] = proxy.host if proxy else ""
    assert hosts == {"tcp": "plain", "ws": "plain", "ssl": "tunnel", "wss": "tunnel"}
    assert plan().proxy is None


@pytest.mark.covers("M-MQT-15", "M-MQT-16", "M-MQT-17")
def test_a_topic_is_made_of_what_is_chosen() -> None:
    """Prefix, name, namespaces."""

    def topic(publication: Publication) -> str:
        return published(publication)[0].topic

    assert topic(io()) == "axis/ACCC8E012345/event/onvif:Device/axis:IO/Port"
    assert topic(io(include_topic_namespaces=False)) == "axis/ACCC8E012345/event/Device/IO/Port"
    assert topic(io(append_event_topic=False)) == "axis/ACCC8E012345/event"
    custom = {"topic_prefix": "custom", "custom_topic_prefix": "hall"}
    assert topic(io(**custom)) == "hall/onvif:Device/axis:IO/Port"
    assert topic(io(append_event_topic=False, **custom)) == "hall"


@pytest.mark.covers("M-MQT-18")
def test_the_payload_is_that_of_the_reference() -> None:
    """Milliseconds, friendly names, texts only; the serial number if wanted."""
    message = {"source": {"port": "0"}, "key": {}, "data": {"state": "1"}}
    content = {
        "timestamp": 1590045190230,
        "topic": "onvif:Device/axis:IO/Port",
        "message": message,
    }
    assert json.loads(published(io())[0].payload) == content
    named = json.loads(published(io(include_serial_number_in_payload=True))[0].payload)
    assert named == {**content, "serial": "ACCC8E012345"}
    bare = published(io(include_topic_namespaces=False))[0].payload
    assert json.loads(bare)["topic"] == content["topic"]


@pytest.mark.covers("M-MQT-20", "M-MQT-21", part="which messages")
def test_retain_and_qos_are_the_filters() -> None:
    """Property is for what has a state."""
    for retain, of_state, of_pulse in (
        ("none", False, False),
        ("property", True, False),
        ("all", True, True),
    ):
        one = Publication(event_filter_list=(EventFilter("//.", 2, retain),))  # type: ignore[arg-type]
        assert [(m.retain, m.qos) for m in published(one)] == [(of_state, 2)]
        assert [(m.retain, m.qos) for m in published(one, PULSE)] == [(of_pulse, 2)]


@pytest.mark.covers("M-MQT-19")
def test_an_event_is_published_for_each_filter_it_matches() -> None:
    """And for none."""
    filters = (
        EventFilter("//."),
        EventFilter("onvif:Device/axis:IO/Port", 1),
        EventFilter("axis:X"),
    )
    assert [m.qos for m in published(Publication(event_filter_list=filters))] == [0, 1]
    assert published(Publication()) == []


def test_only_what_is_retained_is_told_at_a_connection() -> None:
    """The others are told of changes alone."""
    publisher = Publisher(lambda topic: topic == PORT.topic)
    for retain, count in (("none", 0), ("property", 1), ("all", 1)):
        one = Publication(event_filter_list=(EventFilter("//.", 1, retain),))  # type: ignore[arg-type]
        publisher.configure(one, PREFIX, "")
        assert len(publisher.retained([PORT])) == count


def test_a_publication_that_is_received_again_is_not_published_again() -> None:
    """With the device's prefix and without, and whatever is appended."""
    everything = (EventFilter("//."),)
    for publication in (
        Publication(event_filter_list=everything),
        Publication(event_filter_list=everything, append_event_topic=False),
    ):
        topic = published(publication)[0].topic
        for source in (
            {"device-prefix": "0", "mqtt-topic": topic},
            {"device-prefix": "1", "mqtt-topic": topic.removeprefix(f"{PREFIX}/")},
        ):
            echo = Told("tnsaxis:MQTT/Message/Stateless", source, {"mqtt-payload": "x"}, 1.0)
            assert published(publication, echo) == []
    foreign = {"device-prefix": "0", "mqtt-topic": "axis/other/event"}
    told = Told("tnsaxis:MQTT/Message/Stateless", foreign, {"mqtt-payload": "x"}, 1.0)
    assert len(published(Publication(event_filter_list=everything), told)) == 1


def test_nothing_secret_is_in_a_representation() -> None:
    """A plan may be logged by mistake."""
    secret = plan(password="hunter2", username="u", https_proxy="http://u:hunter2@p")
    assert "hunter2" not in repr(secret) + repr(secret.config) + str(secret)
