"""`mqtt/client.cgi`, `mqtt/event.cgi` and `/api/mqtt`."""

from typing import Any

import pytest

from common.errors import Conflict, InvalidValue, Unavailable
from common.mqtt import ClientConfig, Server
from tests.unit.http.edge import Edge
from tests.unit.http.fake_mqtt import AbsentMqtt
from tests.unit.http.json_calls import call

CLIENT = "/axis-cgi/mqtt/client.cgi"
EVENT = "/axis-cgi/mqtt/event.cgi"
WHOLE = {
    "server": {
        "protocol": "wss",
        "host": "broker.example",
        "port": 8443,
        "basepath": "mqtt",
        "alpnProtocol": "mqtt",
    },
    "httpProxy": "",
    "httpsProxy": "http://u:p@proxy",
    "username": "u",
    "password": "p",
    "clientId": "x",
    "keepAliveInterval": 30,
    "connectTimeout": 20,
    "cleanSession": False,
    "autoReconnect": False,
    "deviceTopicPrefix": "hall",
    "lastWillTestament": {"useDefault": True},
    "connectMessage": {
        "useDefault": False,
        "topic": "t",
        "message": "m",
        "retain": True,
        "qos": 2,
    },
    "ssl": {"validateServerCert": False, "clientCertID": "", "CACertID": ""},
}


async def ask(edge: Edge, path: str, method: str, params: Any = None, login: str = "root") -> Any:
    """Return the data of the answer."""
    reply = await call(edge, path, method, params, version="1.0", login=login)
    assert "error" not in reply, reply
    return reply["data"]


async def code(edge: Edge, path: str, method: str, params: Any = None, login: str = "root") -> int:
    """Return the code of the refusal."""
    reply = await call(edge, path, method, params, version="1.0", login=login)
    number: int = reply["error"]["code"]
    return number


async def test_a_configuration_goes_in_and_comes_out(edge: Edge) -> None:
    """As it is on the wire, all of it."""
    assert await ask(edge, CLIENT, "configureClient", WHOLE) == {}
    assert edge.mqtt.config is not None
    assert edge.mqtt.config.server == Server("broker.example", "wss", 8443, "mqtt", "mqtt")
    answer = await ask(edge, CLIENT, "getClientStatus")
    assert answer["status"] == {"state": "inactive", "connectionStatus": "disconnected"}
    hidden = {"clientId": "ACCC8E012345", "deviceTopicPrefix": "axis/ACCC8E012345"}
    assert answer["config"] == {**WHOLE, **hidden}  # which of them the daemon says
    assert await ask(edge, CLIENT, "activateClient") == {}
    answer = await ask(edge, CLIENT, "getClientStatus")
    assert answer["status"]["state"] == "active"
    assert await ask(edge, CLIENT, "deactivateClient") == {}
    assert not edge.mqtt.active


async def test_the_least_that_can_be_configured(edge: Edge) -> None:
    """Everything else has its default, and old fields are ignored."""
    least = {"server": {"host": "h"}, "activateOnReboot": True}
    await ask(edge, CLIENT, "configureClient", least)
    assert edge.mqtt.config == ClientConfig(Server("h"))
    config = (await ask(edge, CLIENT, "getClientStatus"))["config"]
    assert (config["keepAliveInterval"], config["connectTimeout"]) == (60, 60)
    assert (config["cleanSession"], config["autoReconnect"]) == (True, True)
    for left_out in ("lastWillTestament", "connectMessage", "disconnectMessage", "ssl"):
        assert left_out not in config


async def test_a_client_that_was_never_configured_can_be_asked(edge: Edge) -> None:
    """Python's axis reads protocol and host of whatever comes."""
    answer = await ask(edge, CLIENT, "getClientStatus")
    server = answer["config"]["server"]
    assert (server["protocol"], server["host"], server["port"]) == ("tcp", "", 1883)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (None, 2103),
        ({}, 2103),
        ({"server": {}}, 2103),
        ({"server": {"host": ""}}, 2104),
        ({"server": {"host": "h", "protocol": "udp"}}, 2104),
        ({"server": {"host": "h", "port": 0}}, 2104),
        ({"server": {"host": "h", "port": "1883"}}, 2104),
        ({"server": {"host": "h"}, "keepAliveInterval": -1}, 2104),
        ({"server": {"host": "h"}, "connectTimeout": 0}, 2104),
        ({"server": {"host": "h"}, "connectMessage": {"qos": 3}}, 2104),
        ({"server": {"host": "h"}, "username": "u" * 1025}, 2104),
    ],
)
async def test_what_is_no_configuration(edge: Edge, params: Any, expected: int) -> None:
    """Nothing reaches the daemon."""
    assert await code(edge, CLIENT, "configureClient", params) == expected
    assert edge.mqtt.config is None


async def test_refusals_of_the_daemon_have_codes(edge: Edge) -> None:
    """In its words."""
    for error, expected in (
        (InvalidValue("host: no"), 2104),
        (Conflict("configure the client first"), 2200),
        (Unavailable("away"), 1100),
    ):
        edge.mqtt.error = error
        reply = await call(edge, CLIENT, "activateClient", version="1.0")
        assert reply["error"] == {"code": expected, "message": error.message}


async def test_only_administrators(edge: Edge) -> None:
    """Whatever the method."""
    for path, methods in (
        (CLIENT, ("configureClient", "activateClient", "deactivateClient", "getClientStatus")),
        (EVENT, ("getEventPublicationConfig", "getMqttSubscriptionConfig")),
    ):
        for method in methods:
            assert await code(edge, path, method, login="oscar") == 2105
    assert (await edge.ask("GET", "/api/mqtt", login="oscar")).status == 403


async def test_versions_are_those_of_a_recorded_device(edge: Edge) -> None:
    """As API discovery lists them."""
    assert await ask(edge, CLIENT, "getSupportedVersions") == {"apiVersions": ["1.6"]}
    assert await ask(edge, EVENT, "getSupportedVersions") == {"apiVersions": ["1.2"]}
    reply = await call(edge, "/axis-cgi/apidiscovery.cgi", "getApiList", {}, version="1.0")
    listed = {entry["id"]: entry["version"] for entry in reply["data"]["apiList"]}
    assert listed["mqtt-client"] == "1.6"
    assert listed["event-mqtt-bridge"] == "1.2"
    reply = await call(edge, CLIENT, "getClientStatus", version="2.0")
    assert reply["error"]["code"] == 2100


async def test_publications_go_in_and_come_out_whole(edge: Edge) -> None:
    """With every field, whatever was left out."""
    wanted = {"eventFilterList": [{"topicFilter": "//."}, {"topicFilter": "onvif:X", "qos": 1}]}
    assert await ask(edge, EVENT, "configureEventPublication", wanted) == {}
    assert await ask(edge, EVENT, "getEventPublicationConfig") == {
        "eventPublicationConfig": {
            "topicPrefix": "default",
            "customTopicPrefix": "",
            "appendEventTopic": True,
            "includeTopicNamespaces": True,
            "includeSerialNumberInPayload": False,
            "eventFilterList": [
                {"topicFilter": "//.", "qos": 0, "retain": "none"},
                {"topicFilter": "onvif:X", "qos": 1, "retain": "none"},
            ],
        }
    }
    for wrong in (
        {"topicPrefix": "other"},
        {"eventFilterList": [{"topicFilter": "//.", "retain": "some"}]},
        {"eventFilterList": [{"topicFilter": "//.", "qos": True}]},
        {"eventFilterList": [{"topicFilter": "a"}] * 129},
    ):
        assert await code(edge, EVENT, "configureEventPublication", wrong) == 2104
    missing: Any = {"eventFilterList": [{}]}
    assert await code(edge, EVENT, "configureEventPublication", missing) == 2103


async def test_subscriptions_go_in_and_come_out_whole(edge: Edge) -> None:
    """Likewise."""
    wanted = {"mqttFilterList": [{"topicFilter": "a/#"}]}
    assert await ask(edge, EVENT, "configureMqttSubscription", wanted) == {}
    assert await ask(edge, EVENT, "getMqttSubscriptionConfig") == {
        "mqttSubscriptionConfig": {
            "mqttFilterList": [
                {
                    "topicFilter": "a/#",
                    "useDeviceTopicPrefix": False,
                    "qos": 0,
                    "isStateData": False,
                }
            ]
        }
    }


async def test_a_misspelt_list_clears_no_subscription(edge: Edge) -> None:
    """An error in the protocol's own form, and nothing is changed."""
    wanted = {"mqttFilterList": [{"topicFilter": "a/#"}]}
    await ask(edge, EVENT, "configureMqttSubscription", wanted)
    before = await ask(edge, EVENT, "getMqttSubscriptionConfig")
    wrong: Any
    for wrong in ({}, {"mqttFilterlist": []}):
        assert await code(edge, EVENT, "configureMqttSubscription", wrong) == 2103
    assert await ask(edge, EVENT, "getMqttSubscriptionConfig") == before


@pytest.mark.covers("M-MQT-25", part="there are none, and the API says so")
async def test_overlays_are_not_supported(edge: Edge) -> None:
    """An amplifier has no picture to lay anything over."""
    assert await code(edge, EVENT, "configureOverlayModifiers") == 2102
    assert (await edge.ask("GET", "/axis-cgi/dynamicoverlay/dynamicoverlay.cgi")).status == 404


async def test_the_page_is_told_more(edge: Edge) -> None:
    """Why there is no connection, and what went through."""
    answer = (await edge.ask("GET", "/api/mqtt", login="root")).json()
    assert answer["reason"] == "off"
    assert answer["counts"]["dropped"] == 0


async def test_an_absent_daemon_is_an_internal_error(edge: Edge) -> None:
    """As for every JSON API."""
    edge.mqtt.__class__ = AbsentMqtt
    assert await code(edge, CLIENT, "getClientStatus") == 1100
