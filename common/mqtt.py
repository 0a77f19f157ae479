"""The MQTT client and its event bridge, as the mqtt daemon and its edges pass them to each other, as JSON.

The shapes are those of `client.cgi` and `event.cgi` (VAPIX sys-mqtt), so that an edge passes on what it was given.
"""

from typing import Annotated, Literal

import msgspec

PORTS = {"tcp": 1883, "ssl": 8883, "ws": 80, "wss": 443}
"""M-MQT-04."""
HIDDEN = "*****"
"""What is shown in the place of a password."""
LONGEST_TOPIC = 1024
LONGEST_PAYLOAD = 8192
"""Of what the action publishes (VAPIX sys-events, mqttpublish)."""
LONGEST_PROXY = 255
"""In bytes, as with the ALPN protocol (M-MQT-08)."""
MOST_FILTERS = 128
"""Publications, and subscriptions; the documents name no limit."""

Protocol = Literal["tcp", "ssl", "ws", "wss"]
Qos = Annotated[int, msgspec.Meta(ge=0, le=2)]
Topic = Annotated[str, msgspec.Meta(max_length=LONGEST_TOPIC)]
Text = Annotated[str, msgspec.Meta(max_length=1024)]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


class Form(msgspec.Struct, frozen=True, rename="camel"):
    """What somebody may send; old fields that mean nothing here, such as `activateOnReboot`, are ignored."""


class Server(Form, frozen=True):
    """The broker (M-MQT-02 to 05)."""

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    protocol: Protocol = "tcp"
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] | None = None
    """None for the protocol's own."""
    basepath: Text = ""
    """The path of the WebSocket; without meaning for `tcp` and `ssl`."""
    alpn_protocol: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """What is agreed on in the TLS handshake; without meaning for `tcp` and `ws`."""


class Announcement(Form, frozen=True):
    """A message that tells of the connection itself (M-MQT-13, M-MQT-14)."""

    use_default: bool = False
    """Send the default message, whatever stands beside it."""
    topic: Topic = ""
    message: Annotated[str, msgspec.Meta(max_length=LONGEST_PAYLOAD)] = ""
    retain: bool = False
    qos: Qos = 0


class Tls(Form, frozen=True):
    """How the broker proves who it is."""

    validate_server_cert: bool = True
    client_cert_id: Text = msgspec.field(name="clientCertID", default="")
    ca_cert_id: Text = msgspec.field(name="CACertID", default="")


class ClientConfig(Form, frozen=True):
    """Everything about the client; what is left out has its default."""

    server: Server
    http_proxy: Text = ""
    """`http://[user:password@]host[:port]`: passed through by `tcp` and `ws`."""
    https_proxy: Text = ""
    """The same for `ssl` and `wss`."""
    username: Text = ""
    password: Text = ""
    """Never read back: `HIDDEN` stands for one."""
    keep_existing_password: bool = False
    client_id: Text = ""
    """Empty for the unit's serial number."""
    keep_alive_interval: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 60
    """Seconds; 0 for no keep-alive."""
    connect_timeout: Seconds = 60
    clean_session: bool = True
    auto_reconnect: bool = True
    device_topic_prefix: Topic = ""
    """Empty for `axis/<serial number>`."""
    last_will_testament: Announcement | None = None
    connect_message: Announcement | None = None
    disconnect_message: Announcement | None = None
    """None: not sent."""
    ssl: Tls | None = None

    def __repr__(self) -> str:
        return f"ClientConfig({self.server})"


class EventFilter(Form, frozen=True):
    """Which events are published, and how (M-MQT-19 to 21)."""

    topic_filter: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TOPIC)]
    """A topic expression with `onvif:` and `axis:` names."""
    qos: Qos = 0
    retain: Literal["none", "property", "all"] = "none"


class Publication(Form, frozen=True):
    """How events become messages (M-MQT-15 to 18)."""

    topic_prefix: Literal["default", "custom"] = "default"
    custom_topic_prefix: Topic = ""
    append_event_topic: bool = True
    include_topic_namespaces: bool = True
    include_serial_number_in_payload: bool = False
    event_filter_list: Annotated[
        tuple[EventFilter, ...], msgspec.Meta(max_length=MOST_FILTERS)
    ] = ()


class MqttFilter(Form, frozen=True):
    """Which messages become events (M-MQT-22 to 24)."""

    topic_filter: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TOPIC)]
    use_device_topic_prefix: bool = False
    qos: Qos = 0
    is_state_data: bool = False
    """The payload is the state of a condition; such a filter is one topic, without wildcards."""


class Subscriptions(Form, frozen=True):
    """All of them."""

    mqtt_filter_list: Annotated[tuple[MqttFilter, ...], msgspec.Meta(max_length=MOST_FILTERS)] = ()


class Counts(msgspec.Struct, frozen=True):
    """What went through since the daemon was started."""

    published: int = 0
    """Messages that the broker has acknowledged, or that were sent with QoS 0."""
    waiting: int = 0
    """Messages that wait for the broker now."""
    dropped: int = 0
    """Messages for the broker for which there was no room, or no connection."""
    received: int = 0
    ignored: int = 0
    """Received messages that no event can hold: not text, too long, or nobody subscribes to them any more."""
    overrun: int = 0
    """Received messages that came faster than events could be told."""


class Status(msgspec.Struct, frozen=True):
    """How the client is."""

    active: bool
    connected: bool
    reason: str = ""
    """Why it is not connected, in words, as far as that is known."""
    counts: Counts = Counts()


class View(msgspec.Struct, frozen=True):
    """The client with its settings, without secrets and with every default filled in."""

    status: Status
    config: ClientConfig | None
    """None: it was never configured."""
    device_topic_prefix: str
    """The one in force."""
    client_id: str
