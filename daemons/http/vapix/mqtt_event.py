"""`mqtt/event.cgi`: the bridge between events and MQTT messages (VAPIX sys-mqtt, section 2)."""

from typing import Final

import msgspec

from common.mqtt import MqttFilter, Publication, Subscriptions
from common.params.kinds import Access
from daemons.http.call import Call
from daemons.http.vapix.families import SECOND_GENERATION
from daemons.http.vapix.json_api import JsonApi, NoData, NoParameters

api = JsonApi(
    "/axis-cgi/mqtt/event.cgi",
    id="event-mqtt-bridge",
    name="Event-MQTT Bridge API",
    version="1.2",
    family=SECOND_GENERATION,
    access=Access.ADMIN,
)


class PublicationConfig(msgspec.Struct, rename="camel"):
    """The answer of `getEventPublicationConfig`."""

    event_publication_config: Publication


class WantedSubscriptions(msgspec.Struct, rename="camel"):
    """The parameters of `configureMqttSubscription`: a misspelt name must not clear the list."""

    mqtt_filter_list: tuple[MqttFilter, ...]


class SubscriptionConfig(msgspec.Struct, rename="camel"):
    """The answer of `getMqttSubscriptionConfig`."""

    mqtt_subscription_config: Subscriptions


_PUBLICATION: Final = msgspec.json.Decoder(Publication)
_SUBSCRIPTIONS: Final = msgspec.json.Decoder(Subscriptions)


@api.method("configureEventPublication", access=Access.ADMIN, changes=True)
async def configure_event_publication(call: Call, wanted: Publication) -> NoData:
    """Publish other events."""
    await call.unit.mqtt.configure_publication(msgspec.json.encode(wanted).decode())
    return NoData()


@api.method("getEventPublicationConfig", access=Access.ADMIN, changes=False)
async def get_event_publication_config(call: Call, _parameters: NoParameters) -> PublicationConfig:
    """Return which events are published, and as what."""
    return PublicationConfig(_PUBLICATION.decode(await call.unit.mqtt.publication()))


@api.method("configureMqttSubscription", access=Access.ADMIN, changes=True)
async def configure_mqtt_subscription(call: Call, wanted: WantedSubscriptions) -> NoData:
    """Subscribe to other messages."""
    subscriptions = Subscriptions(wanted.mqtt_filter_list)
    await call.unit.mqtt.configure_subscriptions(msgspec.json.encode(subscriptions).decode())
    return NoData()


@api.method("getMqttSubscriptionConfig", access=Access.ADMIN, changes=False)
async def get_mqtt_subscription_config(call: Call, _parameters: NoParameters) -> SubscriptionConfig:
    """Return which messages become events."""
    return SubscriptionConfig(_SUBSCRIPTIONS.decode(await call.unit.mqtt.subscriptions()))
