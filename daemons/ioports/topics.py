"""What happens at the physical side of the unit."""

from common.topics import TOPICS, Item, ItemType, Topic

CONTROL_BUTTON = TOPICS.declare(
    Topic(
        # No recorded unit tells of its control button; the name follows those of its neighbours under IO.
        "tns1:Device/tnsaxis:IO/ControlButton",
        "Control button",
        data=(Item("pressed", ItemType.BOOLEAN, "Pressed"),),
        state="pressed",
    )
)
