"""What a configuration must say beyond its shape. Every refusal names the field as the API has it."""

import ipaddress
import re

from common.errors import InvalidValue
from common.mqtt import LONGEST_PROXY, Announcement, ClientConfig, Publication, Subscriptions
from common.topic_filters import TopicFilter
from daemons.mqtt.names import check_filter, check_topic
from daemons.mqtt.proxy import Proxy

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?")
_LINE = re.compile("[\x00-\x1f\x7f]")


def check_client(config: ClientConfig) -> None:
    """Raise `InvalidValue` for what cannot be."""
    server = config.server
    check_host(server.host)
    if len(server.alpn_protocol.encode()) > LONGEST_PROXY:
        raise InvalidValue(f"alpnProtocol: at most {LONGEST_PROXY} bytes")
    for name, value in (
        ("basepath", server.basepath),
        ("alpnProtocol", server.alpn_protocol),
        ("username", config.username),
        ("password", config.password),
        ("clientId", config.client_id),
    ):
        if _LINE.search(value):
            raise InvalidValue(f"{name}: no control characters")
    if not server.basepath.isascii() or " " in server.basepath:
        raise InvalidValue("basepath: as it stands in an address, without spaces")
    if not config.username and config.password:
        raise InvalidValue("password: MQTT has none without a user name")
    for name, value in (("httpProxy", config.http_proxy), ("httpsProxy", config.https_proxy)):
        if value:
            Proxy.parse(value, name)
    if config.device_topic_prefix:
        check_topic(config.device_topic_prefix, "deviceTopicPrefix")
    for name, message in (
        ("lastWillTestament", config.last_will_testament),
        ("connectMessage", config.connect_message),
        ("disconnectMessage", config.disconnect_message),
    ):
        _check_announcement(message, name)


def check_host(host: str) -> None:
    """Raise `InvalidValue` for what is neither a name nor an address."""
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise InvalidValue("host: neither a host name nor an IP address") from None
    elif len(host) > 255 or not _NAME.fullmatch(host):
        raise InvalidValue("host: neither a host name nor an IP address")


def _check_announcement(message: Announcement | None, name: str) -> None:
    if message is not None and not message.use_default:
        check_topic(message.topic, f"{name}.topic")


def check_publication(publication: Publication) -> None:
    """Raise `InvalidValue` for what cannot be."""
    if publication.custom_topic_prefix:
        check_topic(publication.custom_topic_prefix, "customTopicPrefix")
    elif publication.topic_prefix == "custom":
        raise InvalidValue("customTopicPrefix: it is empty")
    for each in publication.event_filter_list:
        TopicFilter.parse(each.topic_filter)


def check_subscriptions(subscriptions: Subscriptions) -> None:
    """Raise `InvalidValue` for what cannot be."""
    for each in subscriptions.mqtt_filter_list:
        check_filter(each.topic_filter, "topicFilter", wildcards=not each.is_state_data)
