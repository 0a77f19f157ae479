"""What happens to the unit's network."""

from typing import Final

from common.topics import TOPICS, Item, ItemType, Topic

ANY: Final = "Any"
"""Stands for all interfaces: lost while any of them is."""
ALL: Final = "All"
"""Lost while all of them are."""

# Which interfaces there are is known at run time only.
_INTERFACE = Item("interface", ItemType.STRING, "Interface")
# One of Link local, DHCP, RA and Static; devices do not list them.
_ADDRESS = (
    Item("origin", ItemType.STRING, "Origin"),
    Item("address", ItemType.STRING, "Address"),
)

NETWORK_LOST = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:Network/Lost",
        "Network lost",
        source=(_INTERFACE,),
        data=(Item("lost", ItemType.BOOLEAN, "Lost"),),
        state="lost",
    )
)
ADDRESS_ADDED = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:Network/AddressAdded",
        "AddressAdded",
        source=(_INTERFACE,),
        data=_ADDRESS,
    )
)
ADDRESS_REMOVED = TOPICS.declare(
    Topic(
        "tns1:Device/tnsaxis:Network/AddressRemoved",
        "AddressRemoved",
        source=(_INTERFACE,),
        data=_ADDRESS,
    )
)
