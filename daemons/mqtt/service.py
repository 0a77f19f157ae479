"""The mqtt daemon's side of the bus."""

from typing import TypeVar

import msgspec

from common.bus.connection import Connection
from common.bus.daemon import exported
from common.bus.errors import packed
from common.bus.mqtt import MqttInterface, Publish
from common.errors import ApplianceError, InvalidValue
from common.mqtt import ClientConfig, Publication, Subscriptions
from daemons.mqtt.bridge import Bridge
from daemons.mqtt.control import Control

_Shape = TypeVar("_Shape")


class MqttService(MqttInterface):
    """Unpacks and delegates."""

    def __init__(self, connection: Connection, control: Control, bridge: Bridge) -> None:
        super().__init__()
        self.connection = connection
        self._control = control
        self._bridge = bridge

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return how the client is, and what stateful subscriptions have heard."""
        return [
            (event.topic, dict(event.source), dict(event.data)) for event in self._bridge.states()
        ]

    @exported
    async def client(self) -> str:
        """Return the client with its settings."""
        return _json(self._control.view())

    @exported
    async def configure_client(self, config: str) -> None:
        """Take other settings."""
        await self._control.configure_client(_read(config, ClientConfig))

    @exported
    async def activate(self) -> None:
        """Connect."""
        await self._control.activate()

    @exported
    async def deactivate(self) -> None:
        """Disconnect."""
        await self._control.deactivate()

    @exported
    async def publication(self) -> str:
        """Return which events are published."""
        return _json(self._control.publication)

    @exported
    async def configure_publication(self, publication: str) -> None:
        """Publish other events."""
        await self._control.configure_publication(_read(publication, Publication))

    @exported
    async def subscriptions(self) -> str:
        """Return which messages become events."""
        return _json(self._control.subscriptions)

    @exported
    async def configure_subscriptions(self, subscriptions: str) -> None:
        """Subscribe to other messages."""
        await self._control.configure_subscriptions(_read(subscriptions, Subscriptions))

    @exported
    async def publish(self, messages: list[Publish]) -> list[tuple[str, str]]:
        """Publish messages; one that cannot be does not hold the others up."""
        return [self._published(*message) for message in messages]

    def _published(
        self, topic: str, use_device_prefix: bool, payload: str, qos: int, retained: bool
    ) -> tuple[str, str]:
        try:
            self._control.publish(
                topic, payload, use_device_prefix=use_device_prefix, qos=qos, retained=retained
            )
        except ApplianceError as error:
            return packed(error)
        return "", ""


def _read(text: str, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.DecodeError as error:
        raise InvalidValue(str(error)) from None


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()
