"""The pages System > MQTT and System > Events > MQTT events, with a real broker at the other end."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.contract.mqtt_rig import PASSWORD, USER, Broker, Seen, Watcher, running_broker
from tests.suite import Unit, until
from tests.web.conftest import open_page

CLIENT = "/axis-cgi/mqtt/client.cgi"
EVENT = "/axis-cgi/mqtt/event.cgi"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for all."""
    with running_broker(tmp_path_factory.mktemp("broker")) as started:
        yield started


def ask(unit: Unit, path: str, method: str, params: object = None) -> dict[str, object]:
    """Call a method as another client would."""
    with unit.admin() as admin:
        content = {"apiVersion": "1.0", "method": method, "params": params or {}}
        answer = admin.post(path, json=content).json()
    assert "error" not in answer, answer
    data: dict[str, object] = answer["data"]
    return data


@pytest.fixture
def mqtt_page(signed_in: Page, unit: Unit) -> Iterator[Page]:
    """The client's page, with little configured; afterwards the client is off and nothing is bridged."""
    ask(unit, CLIENT, "configureClient", {"server": {"host": "localhost"}})
    open_page(signed_in, unit, "/system/mqtt", "MQTT")
    signed_in.get_by_role("heading", name="Broker").wait_for()
    yield signed_in
    ask(unit, CLIENT, "deactivateClient")
    ask(unit, EVENT, "configureEventPublication")
    ask(unit, EVENT, "configureMqttSubscription", {"mqttFilterList": []})


def card(page: Page, name: str) -> Locator:
    """Return a part of the page."""
    return page.get_by_role("region", name=name, exact=True)


def switch(region: Locator, name: str) -> None:
    """Click a switch, which is hidden behind its picture."""
    region.locator("label", has=region.page.get_by_text(name, exact=True)).locator(
        ".bx--toggle__switch"
    ).click()


def save(page: Page) -> None:
    """Save the client's settings."""
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The settings of the MQTT client were saved.").last).to_be_visible()


def sevens(other: Watcher) -> list[Seen]:
    """Return what was published of virtual input 7."""
    seen = other.on("hall/Device/IO/VirtualInput")
    return [one for one in seen if one.content["message"]["source"] == {"port": "7"}]


@pytest.mark.covers("M-MQT-01", "M-MQT-02", "M-MQT-06", "M-MQT-13", "M-MQT-14", part="web")
def test_the_client_is_set_up_and_switched_on(mqtt_page: Page, unit: Unit, broker: Broker) -> None:
    """Broker, login, messages; then it connects and says so, and the password is not shown again."""
    page, part = mqtt_page, card(mqtt_page, "Broker")
    part.get_by_label("Host").fill("localhost")
    part.get_by_label("Port").fill(str(broker.ports["login"]))
    part.get_by_label("Username").fill(USER)
    part.get_by_label("Password", exact=True).fill(PASSWORD)
    part.get_by_label("Client ID").fill("by-hand")
    part.get_by_label("Device topic prefix").fill("web/1")
    switch(card(page, "Connect message"), "Send message")
    will = card(page, "Last Will and Testament message")
    switch(will, "Send message")
    switch(will, "Use default")
    will.get_by_label("Topic").fill("gone")
    will.get_by_label("Payload").fill("it is gone")
    with Watcher(broker.ports["tcp"], ("web/#",)) as other:
        save(page)
        client = card(page, "MQTT client")
        expect(client.get_by_role("status", name="Status")).to_have_text("Not connected")
        switch(client, "Connect")
        expect(client.get_by_role("status", name="Status")).to_have_text("Connected")
        until("the connect message", lambda: other.on("web/1/event/connection"))
    assert " as by-hand " in broker.log
    expect(part.get_by_label("Password", exact=True)).to_have_value("")
    assert PASSWORD not in page.content()
    config = ask(unit, CLIENT, "getClientStatus")["config"]
    assert isinstance(config, dict)
    assert config["lastWillTestament"]["topic"] == "gone"
    part.get_by_label("Client ID").fill("by-hand-2")
    save(page)
    until("the password was kept", lambda: " as by-hand-2 " in broker.log)
    switch(client, "Connect")
    expect(client.get_by_role("status", name="Status")).to_have_text("Not connected")


@pytest.mark.covers("M-MQT-03", "M-MQT-04", "M-MQT-05", part="web")
def test_a_protocol_brings_its_port_and_its_fields(mqtt_page: Page) -> None:
    """Each has a default; ALPN is for what is encrypted."""
    part = card(mqtt_page, "Broker")
    part.get_by_label("Port").fill("1883")
    part.get_by_label("Protocol").first.select_option("tcp")
    for protocol, port, alpn in (
        ("ssl", "8883", True),
        ("ws", "80", False),
        ("wss", "443", True),
        ("tcp", "1883", False),
    ):
        part.get_by_label("Protocol", exact=True).select_option(protocol)
        expect(part.get_by_label("Port")).to_have_value(port)
        expect(part.get_by_label("ALPN protocol")).to_be_visible(visible=alpn)
    part.get_by_label("Port").fill("0")
    part.get_by_label("Host").fill("a b")
    mqtt_page.get_by_role("button", name="Save", exact=True).click()
    expect(part.get_by_text("Enter a whole number from 1 to 65535.")).to_be_visible()
    expect(part.get_by_text("Enter a host name or an IP address.")).to_be_visible()


def test_a_broker_that_cannot_be_reached_is_named(
    mqtt_page: Page, unit: Unit, broker: Broker
) -> None:
    """In words, beside the status."""
    part = card(mqtt_page, "Broker")
    part.get_by_label("Host").fill("localhost")
    part.get_by_label("Port").fill(str(broker.ports["login"]))
    part.get_by_label("Username").fill(USER)
    part.get_by_label("Password", exact=True).fill("wrong")
    save(mqtt_page)
    client = card(mqtt_page, "MQTT client")
    switch(client, "Connect")
    status = client.get_by_role("status", name="Status")
    expect(status).to_have_text(re.compile("Not connected: the broker refuses: not authorized"))


@pytest.mark.covers("M-MQT-15", "M-MQT-16", "M-MQT-17", "M-MQT-18", "M-MQT-19", part="web")
@pytest.mark.covers("M-MQT-20", "M-MQT-21", "M-MQT-22", "M-MQT-23", "M-MQT-24", part="web")
def test_events_are_published_and_messages_subscribed_to(
    mqtt_page: Page, unit: Unit, broker: Broker
) -> None:
    """What is chosen on the page is what another client of the broker gets."""
    ask(
        unit,
        CLIENT,
        "configureClient",
        {
            "server": {"host": "localhost", "port": broker.ports["tcp"]},
            "deviceTopicPrefix": "web/2",
        },
    )
    ask(unit, CLIENT, "activateClient")
    page = mqtt_page
    open_page(page, unit, "/system/events/mqtt", "MQTT events")
    part = card(page, "MQTT publication")
    expect(part.get_by_text("web/2/event/onvif:Device/axis:IO/Port")).to_be_visible()
    switch(part, "Include topic namespaces")
    switch(part, "Include serial number")
    switch(part, "Use default topic prefix")
    part.get_by_label("Custom topic prefix").fill("hall")
    part.get_by_label("Custom topic prefix").press("Enter")
    expect(part.get_by_text("hall/Device/IO/Port")).to_be_visible()
    part.get_by_role("button", name="Add condition").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Condition", exact=True).select_option(label="Virtual input")
    dialog.get_by_label("Retain").select_option(label="Property")
    dialog.get_by_label("QoS").select_option(label="1: at least once")
    dialog.get_by_role("button", name="Add condition").click()
    expect(part.get_by_text("Retain: Property · QoS 1")).to_be_visible()
    with Watcher(broker.ports["tcp"], ("hall/#",)) as other:
        with unit.admin() as admin:
            for verb in ("activate", "deactivate"):
                path = f"/axis-cgi/virtualinput/{verb}.cgi?schemaversion=1&port=7"
                admin.get(path).raise_for_status()
        until("both events", lambda: len(sevens(other)) >= 2)
        assert sevens(other)[-1].content["serial"]

    part = card(page, "MQTT subscriptions")
    part.get_by_role("button", name="Add subscription").click()
    dialog.get_by_label("Subscription filter").fill("mode/+")
    dialog.get_by_text("Stateful: a condition").click()
    dialog.get_by_role("button", name="Add subscription").click()
    expect(dialog.get_by_text("A stateful subscription is one topic")).to_be_visible()
    dialog.get_by_label("Subscription filter").fill("mode")
    switch(dialog, "Use device topic prefix")
    dialog.get_by_label("QoS").select_option(label="2: exactly once")
    dialog.get_by_role("button", name="Add subscription").click()
    expect(part.get_by_text("Stateful, QoS 2, with the device topic prefix")).to_be_visible()
    until("the subscription", lambda: "web/2/mode (QoS 2)" in broker.log)
    part.get_by_role("button", name="More for mode").click()
    page.get_by_role("menuitem", name="Delete subscription").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(part.get_by_text("There are no subscriptions.")).to_be_visible()


@pytest.mark.covers("M-MQT-25", part="the page says that there are none")
def test_overlays_are_said_to_be_unsupported(mqtt_page: Page, unit: Unit) -> None:
    """There is no picture."""
    open_page(mqtt_page, unit, "/system/events/mqtt", "MQTT events")
    expect(card(mqtt_page, "MQTT overlays")).to_contain_text("Not supported")
