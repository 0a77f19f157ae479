"""Settings: checked, kept, and followed, in this order."""

from dataclasses import dataclass
from typing import Protocol

import msgspec

from common.errors import Conflict, InvalidValue, Unavailable
from common.mqtt import (
    HIDDEN,
    LONGEST_PAYLOAD,
    PORTS,
    ClientConfig,
    Publication,
    Status,
    Subscriptions,
    View,
)
from daemons.mqtt.bridge import Bridge
from daemons.mqtt.checks import check_client, check_publication, check_subscriptions
from daemons.mqtt.client import Client
from daemons.mqtt.names import below, check_topic
from daemons.mqtt.plan import Certificates, Message, Plan, default_prefix
from daemons.mqtt.ports import CertificateStore
from daemons.mqtt.proxy import meant, shown
from daemons.mqtt.records import BridgeRecord


@dataclass(frozen=True)
class Kept:
    """What is on disk of the client."""

    active: bool = False
    config: ClientConfig | None = None
    """With its secrets."""


class Store(Protocol):
    """Where settings are kept; when a method returns, they are on disk."""

    async def save_client(self, kept: Kept) -> None:
        """Keep the client."""
        ...

    async def save_bridge(self, bridge: BridgeRecord) -> None:
        """Keep the bridge."""
        ...


class Control:
    """The settings in force."""

    def __init__(
        self,
        client: Client,
        bridge: Bridge,
        store: Store,
        certificates: CertificateStore,
        kept: Kept,
        between: BridgeRecord,
    ) -> None:
        self._client = client
        self._bridge = bridge
        self._store = store
        self._certificates = certificates
        self._kept = kept
        self._between = between
        self._serial_number = ""

    def take(self, kept: Kept, between: BridgeRecord) -> None:
        """Go by what is on disk, where that is something else: a reset leaves nothing."""
        if (kept, between) != (self._kept, self._between):
            self._kept, self._between = kept, between
            self._follow()
            self._bridge.apply()

    # -- the client --

    def identify(self, serial_number: str) -> None:
        """Learn who the unit is; nothing is connected before."""
        if serial_number != self._serial_number:
            self._serial_number = serial_number
            self._follow()

    def view(self) -> View:
        """Return the client and its settings, without secrets."""
        config = self._kept.config
        return View(
            self._bridge.status(),
            None if config is None else _shown(config),
            (config and config.device_topic_prefix) or default_prefix(self._serial_number),
            (config and config.client_id) or self._serial_number,
        )

    def status(self) -> Status:
        """Return how the client is."""
        return self._bridge.status()

    async def configure_client(self, config: ClientConfig) -> None:
        """Take another configuration; a password that is not sent again, or as it was shown, stays."""
        before = self._kept.config
        password = config.password
        if config.keep_existing_password or password == HIDDEN:
            password = before.password if before else ""
        whole = msgspec.structs.replace(
            config,
            password=password,
            keep_existing_password=False,
            http_proxy=meant(config.http_proxy, before.http_proxy if before else ""),
            https_proxy=meant(config.https_proxy, before.https_proxy if before else ""),
        )
        check_client(whole)
        if whole.ssl is not None:
            await self._certificates.check(whole.ssl.client_cert_id, "client", "clientCertID")
            await self._certificates.check(whole.ssl.ca_cert_id, "authority", "CACertID")
        await self._keep(Kept(self._kept.active, whole))
        self._follow()

    async def activate(self) -> None:
        """Connect; an active client that is not connected tries at once."""
        if self._kept.config is None:
            raise Conflict("configure the client first")
        if not self._kept.active:
            await self._keep(Kept(True, self._kept.config))
            self._follow()
        self._client.hurry()

    async def deactivate(self) -> None:
        """Disconnect."""
        if self._kept.active:
            await self._keep(Kept(False, self._kept.config))
            self._follow()

    # -- the bridge --

    @property
    def publication(self) -> Publication:
        """Which events are published."""
        return self._between.publication

    @property
    def subscriptions(self) -> Subscriptions:
        """Which messages become events."""
        return self._between.subscriptions

    async def configure_publication(self, publication: Publication) -> None:
        """Publish other events."""
        check_publication(publication)
        await self._put_between(msgspec.structs.replace(self._between, publication=publication))

    async def configure_subscriptions(self, subscriptions: Subscriptions) -> None:
        """Subscribe to other messages."""
        check_subscriptions(subscriptions)
        await self._put_between(msgspec.structs.replace(self._between, subscriptions=subscriptions))

    # -- what the unit's rules publish --

    def publish(
        self, topic: str, payload: str, *, use_device_prefix: bool, qos: int, retained: bool
    ) -> None:
        """Publish a message."""
        check_topic(topic, "topic")
        if len(payload) > LONGEST_PAYLOAD:
            raise InvalidValue(f"payload: at most {LONGEST_PAYLOAD} characters")
        if qos not in (0, 1, 2):
            raise InvalidValue("qos: 0, 1 or 2")
        plan = self._client.plan
        if plan is None:
            raise Conflict("the MQTT client is not active")
        whole = below(plan.prefix, topic) if use_device_prefix else topic
        if not self._client.outbox.put(Message(whole, payload.encode(), qos, retained)):
            raise Unavailable(
                "too many messages wait for the MQTT broker"
                if self._client.link is not None or qos
                else "the MQTT client is not connected"
            )

    async def _keep(self, kept: Kept) -> None:
        await self._store.save_client(kept)
        self._kept = kept

    async def _put_between(self, between: BridgeRecord) -> None:
        await self._store.save_bridge(between)
        self._between = between
        self._configure_bridge()
        self._bridge.apply()

    def certificates_changed(self) -> None:
        """Certificates are there, are gone, or are other ones; who only waits for its next attempt tries now."""
        plan = self._plan()
        if plan is None or not plan.encrypted:
            return
        if self._client.plan is not None and self._client.plan != plan:
            self._follow()
        self._client.hurry()

    def _held(self) -> Certificates:
        tls = self._kept.config.ssl if self._kept.config is not None else None
        held, own = self._certificates, tls.client_cert_id if tls is not None else ""
        authority = tls.ca_cert_id if tls is not None else ""
        named = [alias for alias in (own, authority) if alias]
        return Certificates(
            held.key_pair(own) if own else "",
            held.authority(authority) if authority else "",
            str(held.installed),
            held.revision(*named) if named else "",
        )

    def _follow(self) -> None:
        tls = self._kept.config.ssl if self._kept.config is not None else None
        named = (tls.client_cert_id, tls.ca_cert_id) if tls is not None else ()
        self._certificates.want(
            {alias: "the MQTT client" for alias in named if alias},
            {tls.ca_cert_id} if tls is not None and tls.ca_cert_id else (),
        )
        self._configure_bridge()
        plan = self._plan()
        if plan is not None or self._client.active:
            self._client.follow(plan if self._kept.active else None)

    def _configure_bridge(self) -> None:
        self._bridge.configure(self._between.publication, self._between.subscriptions, self._plan())

    def _plan(self) -> Plan | None:
        if self._kept.config is None or not self._serial_number:
            return None
        return Plan(self._kept.config, self._serial_number, self._held())


def _shown(config: ClientConfig) -> ClientConfig:
    server = msgspec.structs.replace(
        config.server, port=config.server.port or PORTS[config.server.protocol]
    )
    return msgspec.structs.replace(
        config,
        server=server,
        password=HIDDEN if config.password else "",
        http_proxy=shown(config.http_proxy),
        https_proxy=shown(config.https_proxy),
    )
