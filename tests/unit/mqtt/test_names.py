"""Topics and filters of MQTT, and what is no configuration."""

import pytest

from common.errors import InvalidValue
from common.mqtt import (
    Announcement,
    ClientConfig,
    EventFilter,
    MqttFilter,
    Publication,
    Server,
    Subscriptions,
)
from daemons.mqtt.checks import check_client, check_publication, check_subscriptions
from daemons.mqtt.names import check_filter, check_topic, matches
from daemons.mqtt.proxy import Proxy, meant, shown


@pytest.mark.parametrize(
    ("filter_", "topic", "meant_"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c", False),
        ("a/+", "a/b", True),
        ("a/+", "a", False),
        ("+/+", "/b", True),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("#", "$SYS/uptime", False),
        ("+/uptime", "$SYS/uptime", False),
        ("$SYS/#", "$SYS/uptime", True),
    ],
)
def test_a_filter_means_what_the_standard_says(filter_: str, topic: str, meant_: bool) -> None:
    """MQTT 3.1.1, section 4.7."""
    assert matches(filter_, topic) is meant_


@pytest.mark.parametrize("topic", ["", "a/#", "a/+/b", "a\0b", "a\nb", "\ufffe", "x" * 1025])
def test_what_is_no_topic_is_refused(topic: str) -> None:
    """Brokers close the connection for some of these."""
    with pytest.raises(InvalidValue, match="topic"):
        check_topic(topic, "topic")


@pytest.mark.parametrize("filter_", ["a/#/b", "a#", "a/b+", "##", "a\0"])
def test_what_is_no_filter_is_refused(filter_: str) -> None:
    """A wildcard is a level of its own, and # the last one."""
    with pytest.raises(InvalidValue, match="topicFilter"):
        check_filter(filter_, "topicFilter", wildcards=True)


@pytest.mark.covers("M-MQT-23", part="no wildcards for a state")
def test_a_state_has_one_topic() -> None:
    """Whose payload would be the state of many?"""
    for filter_ in ("a/+", "#"):
        wanted = Subscriptions((MqttFilter(filter_, is_state_data=True),))
        with pytest.raises(InvalidValue, match="without"):
            check_subscriptions(wanted)
        check_subscriptions(Subscriptions((MqttFilter(filter_),)))


def config(**fields: object) -> ClientConfig:
    """Return a configuration with a broker."""
    return ClientConfig(**{"server": Server("broker.example"), **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (config(server=Server("bad host")), "host"),
        (config(server=Server("a\r\nb")), "host"),
        (config(server=Server("user@host")), "host"),
        (config(server=Server("1:2:3")), "host"),
        (config(server=Server("h", basepath="a b")), "basepath"),
        (config(server=Server("h", basepath="a\r\nX: y")), "basepath"),
        (config(server=Server("h", alpn_protocol="ä" * 128)), "alpnProtocol"),
        (config(username="a\n"), "username"),
        (config(password="a"), "password"),
        (config(device_topic_prefix="a/#"), "deviceTopicPrefix"),
        (config(connect_message=Announcement()), "connectMessage.topic"),
        (config(last_will_testament=Announcement(topic="+")), "lastWillTestament.topic"),
        (config(http_proxy="https://proxy"), "httpProxy"),
        (config(https_proxy="http://proxy/path"), "httpsProxy"),
        (config(https_proxy="http://" + "p" * 250), "httpsProxy"),
        (config(http_proxy="http://pro\r\nxy"), "httpProxy"),
        (config(http_proxy="http://u%0d%0a:p@proxy"), "httpProxy"),
    ],
)
def test_what_is_no_configuration_is_refused_by_name(wrong: ClientConfig, field: str) -> None:
    """In the words of the API."""
    with pytest.raises(InvalidValue, match=f"^{field}"):
        check_client(wrong)


@pytest.mark.parametrize("host", ["broker", "10.0.0.1", "a-b.example.", "::1", "fe80::1"])
def test_names_and_addresses_are_hosts(host: str) -> None:
    """IPv6 without brackets."""
    check_client(config(server=Server(host)))


@pytest.mark.covers("M-MQT-08", part="255 bytes, may be empty")
def test_the_address_of_a_proxy() -> None:
    """Its login may be part of it, and is shown in part."""
    full = "http://joe:s%3Acret@proxy.example:3128"
    assert Proxy.parse(full, "httpProxy") == Proxy("proxy.example", 3128, "joe", "s:cret")
    assert Proxy.parse("proxy:8080", "httpProxy") == Proxy("proxy", 8080)
    assert Proxy.parse("http://[::1]", "httpProxy") == Proxy("::1", 80)
    assert shown(full) == "http://joe:*****@proxy.example:3128"
    assert shown("http://joe@proxy") == "http://joe@proxy"
    assert shown("") == ""
    assert meant(shown(full), full) == full
    assert meant("http://other", full) == "http://other"
    assert "s:cret" not in repr(Proxy.parse(full, "httpProxy"))
    longest = "http://" + "p" * 248
    check_client(config(http_proxy=longest, https_proxy=""))
    with pytest.raises(InvalidValue) as refusal:
        Proxy.parse("http://joe:secret@pro xy", "httpProxy")
    assert "secret" not in refusal.value.message


def test_a_publication_has_a_prefix_and_filters_that_can_be_read() -> None:
    """The names are those of MQTT clients."""
    check_publication(
        Publication(event_filter_list=(EventFilter("onvif:Device/axis:IO//."), EventFilter("//.")))
    )
    with pytest.raises(InvalidValue, match="customTopicPrefix"):
        check_publication(Publication("custom"))
    with pytest.raises(InvalidValue, match="topic expression"):
        check_publication(Publication(event_filter_list=(EventFilter("what?"),)))
