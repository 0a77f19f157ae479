"""What a connection is made of: the configuration with every default filled in, and the messages about it."""

import time
from dataclasses import dataclass
from functools import cached_property

import msgspec

from common.mqtt import PORTS, Announcement, ClientConfig
from daemons.mqtt.names import below
from daemons.mqtt.proxy import Proxy


@dataclass(frozen=True)
class Message:
    """What is published."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False

    @property
    def size(self) -> int:
        """How much memory it takes, about."""
        return len(self.topic) + len(self.payload) + 64


@dataclass(frozen=True)
class Certificates:
    """What of the unit's certificates a connection by TLS uses, as files."""

    own: str = ""
    """The certificate that is shown, with its key; empty while it is not there."""
    authority: str = ""
    """The only authority to believe; empty while it is not there."""
    installed: str = ""
    """Authorities to believe beside the system's, if there is such a file."""
    revision: str = ""
    """Another one when the content of the first two is."""


@dataclass(frozen=True)
class Plan:
    """How one unit connects to its broker."""

    config: ClientConfig
    """With its secrets."""
    serial_number: str
    certificates: Certificates = Certificates()

    @property
    def host(self) -> str:
        """Where the broker is."""
        return self.config.server.host

    @property
    def port(self) -> int:
        """The broker's port."""
        return self.config.server.port or PORTS[self.config.server.protocol]

    @property
    def encrypted(self) -> bool:
        """Whether TLS is spoken."""
        return self.config.server.protocol in ("ssl", "wss")

    @property
    def websocket(self) -> bool:
        """Whether the packets travel in a WebSocket."""
        return self.config.server.protocol in ("ws", "wss")

    @property
    def validates(self) -> bool:
        """Whether the broker's certificate must be good."""
        return self.config.ssl is None or self.config.ssl.validate_server_cert

    @cached_property
    def proxy(self) -> Proxy | None:
        """The proxy that leads to the broker: which of the two follows from the encryption."""
        name = "httpsProxy" if self.encrypted else "httpProxy"
        address = self.config.https_proxy if self.encrypted else self.config.http_proxy
        return Proxy.parse(address, name) if address else None

    @property
    def client_id(self) -> str:
        """Who the unit is to the broker."""
        return self.config.client_id or self.serial_number

    @property
    def prefix(self) -> str:
        """What stands before the topics of this unit (M-MQT-11)."""
        return self.config.device_topic_prefix or default_prefix(self.serial_number)

    def last_will(self) -> Message | None:
        """What the broker says when the connection is lost."""
        return self._announcement(
            self.config.last_will_testament, connected=False, text="Connection Lost", at=None
        )

    def connect_message(self, at: float) -> Message | None:
        """What is said once a connection stands."""
        return self._announcement(
            self.config.connect_message, connected=True, text="Connected", at=at
        )

    def disconnect_message(self, at: float) -> Message | None:
        """What is said before the connection is ended."""
        return self._announcement(
            self.config.disconnect_message, connected=False, text="Disconnected", at=at
        )

    def _announcement(
        self, wanted: Announcement | None, *, connected: bool, text: str, at: float | None
    ) -> Message | None:
        if wanted is None:
            return None
        if not wanted.use_default:
            return Message(wanted.topic, wanted.message.encode(), wanted.qos, wanted.retain)
        payload = {
            "serialNumber": self.serial_number,
            "connected": connected,
            "description": text,
            "timestamp": None if at is None else _utc(at),
        }
        topic = below(self.prefix, "event/connection")
        return Message(topic, msgspec.json.encode(payload), qos=1, retain=True)


def default_prefix(serial_number: str) -> str:
    """Return the device topic prefix of a unit that has none of its own."""
    return f"axis/{serial_number}"


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%Sz", time.gmtime(at))  # so recorded, with a small z
