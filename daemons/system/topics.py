"""What happens to the unit as a whole."""

from common.topics import TOPICS, Item, ItemType, Topic

SYSTEM_READY = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:Status/SystemReady",
        "System Ready",
        data=(Item("ready", ItemType.BOOLEAN, "Ready"),),
        state="ready",
    )
)
