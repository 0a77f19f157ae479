"""What the events daemon itself tells of."""

from common.topics import TOPICS, Item, ItemType, Topic

SCHEDULE_INTERVAL = TOPICS.declare(
    Topic(
        "tns1:UserAlarm/tnsaxis:Recurring/Interval",
        "Scheduled event",
        # The schedules there are come with their names where topics are listed.
        source=(Item("id", ItemType.STRING, "Schedule"),),
        data=(Item("active", ItemType.BOOLEAN, "Active"),),
        state="active",
    )
)

SCHEDULE_PULSE = TOPICS.declare(
    Topic(
        "tns1:UserAlarm/tnsaxis:Recurring/Pulse",
        "Scheduled pulse",
        source=(Item("id", ItemType.STRING, "Schedule"),),
    )
)

ACTION_FAILED = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:SystemMessage/ActionFailed",
        "Action failed",
        data=(Item("description", ItemType.STRING, "Description"),),
        client_event=True,
    )
)

# The reference has no event for what became of a message to a recipient, only the one above for what failed; the
# name is ours.
DELIVERY = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:SystemMessage/Delivery",
        "Message delivery",
        source=(Item("recipient", ItemType.STRING, "Recipient"),),
        data=(
            Item("delivered", ItemType.BOOLEAN, "Delivered"),
            Item("description", ItemType.STRING, "Description"),
        ),
    )
)
"""The end of a delivery: `recipient` is its name, `description` what was sent or, where it was not, why."""
