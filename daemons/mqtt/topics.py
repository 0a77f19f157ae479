"""What the client tells of itself, and of the messages it receives."""

from common.topics import TOPICS, Item, ItemType, Topic

CLIENT_STATUS = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:MQTT/ClientStatus",
        "MQTT client status",
        data=(
            Item("active", ItemType.BOOLEAN, "Active"),
            Item("connected", ItemType.BOOLEAN, "Connected"),
        ),
        state="connected",
    )
)

DEVICE_PREFIX = "device-prefix"
MQTT_TOPIC = "mqtt-topic"
MQTT_PAYLOAD = "mqtt-payload"

_MESSAGE = (
    Item(DEVICE_PREFIX, ItemType.BOOLEAN, "Use device topic prefix"),
    Item(MQTT_TOPIC, ItemType.STRING, "MQTT topic"),
)
_PAYLOAD = (Item(MQTT_PAYLOAD, ItemType.STRING, "Payload"),)

STATELESS = TOPICS.declare(
    Topic("tnsaxis:MQTT/Message/Stateless", "MQTT message", source=_MESSAGE, data=_PAYLOAD)
)
STATEFUL = TOPICS.declare(
    Topic(
        "tnsaxis:MQTT/Message/Stateful",
        "MQTT state",
        source=_MESSAGE,
        data=_PAYLOAD,
        state=MQTT_PAYLOAD,
    )
)
MESSAGES = "tnsaxis:MQTT/Message/"
"""How the topics of received messages begin."""
