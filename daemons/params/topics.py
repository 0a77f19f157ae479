"""The event topics of the params daemon."""

from common.topics import TOPICS, Item, ItemType, Topic

SETTINGS_LOST = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:Status/SettingsLost",
        "Settings lost",
        data=(
            Item("lost", ItemType.BOOLEAN, "Settings were damaged when the unit started"),
            Item(
                "recovered",
                ItemType.STRING,
                "What came in their place",
                values={
                    "no": "Nothing was lost",
                    "backup": "The last good copy",
                    "defaults": "The default values",
                },
            ),
        ),
        state="lost",
    )
)
