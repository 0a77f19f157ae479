"""What the web server's edge tells of."""

from common.topics import TOPICS, Item, ItemType, Topic

BLOCKED_IP = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:Network/BlockedIP",
        "IP address blocked",
        data=(Item("address", ItemType.STRING, "Address"),),
    )
)
"""An address has failed to log in too often, and is shut out for a while."""
